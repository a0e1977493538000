//! Project Wycheproof's cases: what implementations of the primitives got wrong before.
use crate::bytes::{Bytes, Signature};
use crate::dh::DhKey;
use crate::seal::{decrypt, encrypt};
use crate::secret::from_slice;
use crate::sign::verify;
use wycheproof::TestResult;

#[test]
fn aes_gcm() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcm).unwrap();
    let mut count = 0;
    for group in set.test_groups.iter().filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)) {
        for test in &group.tests {
            let (key, nonce) = (from_slice(&test.key).unwrap(), Bytes::<12>::from_slice(&test.nonce).unwrap());
            let ciphertext = [&test.ct[..], &test.tag[..]].concat();
            let opened = decrypt(&key, &nonce.0, &test.aad, &ciphertext);
            count += 1;
            if test.result == TestResult::Invalid {
                assert!(opened.is_err(), "{}", test.tc_id);
            } else {
                assert_eq!(opened.unwrap().to_vec(), test.pt.to_vec(), "{}", test.tc_id);
                assert_eq!(encrypt(&key, &nonce.0, &test.aad, &test.pt).unwrap(), ciphertext, "{}", test.tc_id);
            }
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn x25519() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut count, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        count += 1;
        let Ok(public) = Bytes::from_slice(&test.public_key) else {
            assert_ne!(test.result, TestResult::Valid);
            continue;
        };
        let agreed = DhKey::from_secret(&from_slice(&test.private_key).unwrap()).agree(&public);
        match agreed {
            Ok(shared) => assert_eq!(shared.to_vec(), test.shared_secret.to_vec(), "{}", test.tc_id),
            // only what everybody could compute is refused
            Err(_) => {
                assert!(test.shared_secret.iter().all(|byte| *byte == 0) && test.result != TestResult::Valid, "{}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert!(count > 400 && refused > 5, "{count} {refused}");
}

#[test]
fn ed25519() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut count = 0;
    for group in &set.test_groups {
        let key = Bytes::from_slice(&group.key.pk).unwrap();
        for test in &group.tests {
            count += 1;
            let verified = Signature::from_slice(&test.sig).and_then(|signature| verify(&key, &test.msg, &signature));
            assert_eq!(verified.is_ok(), test.result == TestResult::Valid, "{} {}", test.tc_id, test.comment);
        }
    }
    assert!(count > 100, "{count}");
}
