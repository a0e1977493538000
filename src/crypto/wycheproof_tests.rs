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

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/wycheproof-v1.json");

/// The same cases for the other language, in few bytes: lists of hexadecimal texts, the last one empty where it has to be refused.
/// With SNUG_WRITE_VECTORS set, writes the file instead.
#[test]
fn more_is_for_the_browser_too() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let accepted = |is_accepted: bool, answer: &[u8]| if is_accepted { hex(answer) } else { String::new() };
    let aead = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcm).unwrap();
    let aead = aead.test_groups.iter().filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128));
    let aes_gcm: Vec<[String; 5]> = aead
        .flat_map(|group| &group.tests)
        // an empty plaintext that is accepted could not be told from a refusal
        .filter(|test| !test.pt.is_empty())
        .map(|test| {
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            [hex(&test.key), hex(&test.nonce), hex(&test.aad), hex(&sealed), accepted(test.result != TestResult::Invalid, &test.pt)]
        })
        .collect();
    let xdh = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let x25519: Vec<[String; 3]> = xdh
        .test_groups
        .iter()
        .flat_map(|group| &group.tests)
        .filter(|test| test.public_key.len() == 32)
        .map(|test| {
            let is_contributory = test.shared_secret.iter().any(|byte| *byte != 0);
            [hex(&test.private_key), hex(&test.public_key), accepted(is_contributory, &test.shared_secret)]
        })
        .collect();
    let eddsa = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let ed25519: Vec<[String; 4]> = eddsa
        .test_groups
        .iter()
        .flat_map(|group| group.tests.iter().map(|test| (&group.key.pk, test)))
        .filter(|(_, test)| test.sig.len() == 64)
        .map(|(key, test)| [hex(key), hex(&test.msg), hex(&test.sig), accepted(test.result == TestResult::Valid, &[1])])
        .collect();
    let mut text = serde_json::to_string(&serde_json::json!({ "aes_gcm": aes_gcm, "x25519": x25519, "ed25519": ed25519 })).unwrap();
    text.push('\n');
    if std::env::var_os("SNUG_WRITE_VECTORS").is_some() {
        std::fs::write(PATH, text).unwrap();
    } else {
        assert!(text == std::fs::read_to_string(PATH).unwrap(), "set SNUG_WRITE_VECTORS=1 and run this test to write the file again");
    }
}
