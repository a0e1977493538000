//! Nothing of a message can be changed, moved or read by others.
use super::*;
use crate::seal::encrypt;
use crate::vectors::{self, bytes, header, id, named};

fn sealed(content: &[u8]) -> Envelope {
    let fresh = Fresh { salt: named("salt"), nonce: named("nonce") };
    seal_message(&vectors::secret("epoch-secret"), header(), content, &vectors::sign("alice-dsk"), fresh).unwrap()
}

#[test]
fn matches_the_vector() {
    let vector = &vectors::load()["message"];
    let content = bytes(&vector["content"]);
    let envelope = sealed(&content);
    assert_eq!(envelope.sealed.ct.0, bytes(&vector["ct"]));
    assert_eq!(reported_key(&vectors::secret("epoch-secret"), &envelope).to_vec(), bytes(&vector["mk"]));
    assert_eq!(open_message(&vectors::secret("epoch-secret"), &envelope).unwrap().to_vec(), content);
    assert_eq!(open_reported(&reported_key(&vectors::secret("epoch-secret"), &envelope), &envelope).unwrap().to_vec(), content);
    let other = Envelope { header: Header { id: id("other"), ..header() }, ..envelope.clone() };
    assert_eq!(open_reported(&reported_key(&vectors::secret("epoch-secret"), &envelope), &other), Err(Error::BadSeal));
    assert_eq!(Envelope::read(&envelope.write()), Ok(envelope));
}

#[test]
fn every_field_of_the_header_is_bound() {
    let secret = vectors::secret("epoch-secret");
    let good = sealed(b"{}");
    let with = |change: &dyn Fn(&mut Header)| {
        let mut envelope = good.clone();
        change(&mut envelope.header);
        open_message(&secret, &envelope).err()
    };
    let changes: [&dyn Fn(&mut Header); 14] = [
        &|header| header.suite = 2,
        &|header| header.conversation = id("other"),
        &|header| header.epoch = 4,
        &|header| header.account = id("bob"),
        &|header| header.device = id("bob-dev"),
        &|header| header.sender_key = vectors::sign("bob-dsk").public(),
        &|header| header.id = id("other"),
        &|header| header.kind = Kind::Edit,
        &|header| header.kind = Kind::System,
        &|header| header.target = Some(id("other")),
        &|header| header.thread = Some(id("other")),
        &|header| (header.target, header.thread) = (None, Some(id("x"))),
        &|header| header.expires = 1,
        &|header| header.expires = u64::MAX,
    ];
    for change in changes {
        assert_eq!(with(change), Some(Error::BadSeal));
    }
    assert_eq!(open_message(&vectors::secret("other"), &good), Err(Error::BadSeal));
    for at in 0..good.sealed.ct.0.len() {
        let mut changed = good.clone();
        changed.sealed.ct.0[at] ^= 1;
        assert_eq!(open_message(&secret, &changed), Err(Error::BadSeal));
    }
}

/// Seals an inside of any form, as a member with the secret could.
fn forged(inner: &[u8]) -> Envelope {
    let (secret, header, salt) = (vectors::secret("epoch-secret"), header(), named("salt"));
    let context = header.context();
    let ct = encrypt(&message_key(&secret, &salt, &context), &named::<12>("nonce").0, &context, inner).unwrap();
    Envelope { header, sealed: Sealed { salt, nonce: named("nonce"), ct: Blob(ct) } }
}

fn inside(content: &[u8], signature: &Signature, length: usize) -> Vec<u8> {
    let mut inner = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    inner.extend(content);
    inner.extend(signature.0);
    inner.resize(length, 0);
    inner
}

#[test]
fn there_is_one_right_padding() {
    let secret = vectors::secret("epoch-secret");
    let signature = vectors::sign("alice-dsk").sign(&signed(&header().context(), &named("salt"), b"{}"));
    let open = |inner: &[u8]| open_message(&secret, &forged(inner)).err();
    assert_eq!(open(&inside(b"{}", &signature, 256)), None);
    assert_eq!(open(&inside(b"{}", &signature, 512)), Some(Error::BadPadding));
    assert_eq!(open(&inside(b"{}", &signature, 70)), Some(Error::BadPadding));
    let mut dirty = inside(b"{}", &signature, 256);
    dirty[255] = 1;
    assert_eq!(open(&dirty), Some(Error::BadPadding));
    let mut long = inside(b"{}", &signature, 256);
    long[..4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(open(&long), Some(Error::BadPadding));
    long[..4].copy_from_slice(&189u32.to_be_bytes());
    assert_eq!(open(&long), Some(Error::BadPadding));
    for length in 0..256 {
        assert_eq!(open(&vec![0; length]), Some(Error::BadPadding));
    }
}

#[test]
fn a_member_cannot_speak_for_another() {
    let secret = vectors::secret("epoch-secret");
    let mallory = vectors::sign("mallory").sign(&signed(&header().context(), &named("salt"), b"{}"));
    assert_eq!(open_message(&secret, &forged(&inside(b"{}", &mallory, 256))), Err(Error::BadSignature));
    // words that were signed elsewhere
    let elsewhere = Header { id: id("other"), ..header() };
    let moved = vectors::sign("alice-dsk").sign(&signed(&elsewhere.context(), &named("salt"), b"{}"));
    assert_eq!(open_message(&secret, &forged(&inside(b"{}", &moved, 256))), Err(Error::BadSignature));
    let again = vectors::sign("alice-dsk").sign(&signed(&header().context(), &named("other"), b"{}"));
    assert_eq!(open_message(&secret, &forged(&inside(b"{}", &again, 256))), Err(Error::BadSignature));
    let fresh = Fresh::random().unwrap();
    let other = seal_message(&secret, header(), b"{}", &vectors::sign("mallory"), fresh);
    assert_eq!(other, Err(Error::BadKey));
}

#[test]
fn sizes_are_bounded() {
    let (secret, key) = (vectors::secret("epoch-secret"), vectors::sign("alice-dsk"));
    let seal = |length| seal_message(&secret, header(), &vec![b' '; length], &key, Fresh::random().unwrap());
    let largest = seal(CONTENT_LIMIT).unwrap();
    assert!(largest.write().len() <= ENVELOPE_LIMIT);
    assert_eq!(open_message(&secret, &largest).unwrap().len(), CONTENT_LIMIT);
    assert_eq!(seal(CONTENT_LIMIT + 1), Err(Error::TooLarge("message")));
    assert_eq!(Envelope::read(&vec![b' '; ENVELOPE_LIMIT + 1]), Err(Error::TooLarge("envelope")));
}

#[test]
fn says_what_it_does_not_know() {
    let text = String::from_utf8(sealed(b"{}").write()).unwrap();
    for (from, to) in [("\"v\":1", "\"v\":2"), ("\"suite\":1", "\"suite\":2"), ("\"kind\":\"msg\"", "\"kind\":\"song\"")] {
        assert_eq!(Envelope::read(text.replace(from, to).as_bytes()), Err(Error::Newer), "{to}");
    }
    let salt = named::<32>("salt").to_string();
    for wrong in [
        text.replace("\"epoch\":3", "\"epoch\":0"),
        text.replace("\"epoch\":3", "\"epoch\":-3"),
        text.replace("\"epoch\":3", "\"epoch\":3.5"),
        text.replace(&salt, &format!("{salt}=")),
        text.replace(&salt, &salt[..42]),
        text.replace("\"device\"", "\"devise\""),
        text[1..].to_owned(),
        String::new(),
    ] {
        assert_eq!(Envelope::read(wrong.as_bytes()), Err(Error::BadFormat("envelope")), "{wrong}");
    }
}
