//! One order at a certificate authority, from the account to the chain (RFC 8555).
use super::answers::Answers;
use instant_acme::{Account, AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use snug_base::config::AcmeChallenge;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long the authority may take for each of its two steps.
const PATIENCE: Duration = Duration::from_secs(90);

/// The chain and its key, both PEM.
pub type Issued = (String, Zeroizing<String>);

/// Orders one certificate for all of the names. Errors are sentences for the operator.
pub async fn certificate(account: &Account, names: &[String], by: AcmeChallenge, answers: &Answers) -> Result<Issued, String> {
    let identifiers: Vec<Identifier> = names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await.map_err(text)?;
    let outcome = follow(&mut order, names, by, answers).await;
    answers.clear();
    outcome
}

async fn follow(order: &mut Order, names: &[String], by: AcmeChallenge, answers: &Answers) -> Result<Issued, String> {
    prove(order, by, answers).await?;
    let policy = RetryPolicy::new().timeout(PATIENCE);
    match order.poll_ready(&policy).await {
        Ok(OrderStatus::Ready | OrderStatus::Valid) => {}
        Ok(OrderStatus::Invalid) => return Err(complaint(order, by).await.unwrap_or_else(|| "the authority refused the order".to_owned())),
        Ok(status) => return Err(format!("the authority did not check the names in time (the order is {status:?})")),
        // the order's own problem does not say which name it is about
        Err(e @ instant_acme::Error::Api(_)) => return Err(complaint(order, by).await.unwrap_or_else(|| text(e))),
        Err(e) => return Err(text(e)),
    }
    let key = KeyPair::generate().map_err(|e| e.to_string())?;
    let mut params = CertificateParams::new(names).map_err(|e| e.to_string())?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(|e| e.to_string())?;
    order.finalize_csr(request.der()).await.map_err(text)?;
    let chain = order.poll_certificate(&policy).await.map_err(text)?;
    Ok((chain, Zeroizing::new(key.serialize_pem())))
}

/// Prepares the answer for each name and lets the authority check it.
async fn prove(order: &mut Order, by: AcmeChallenge, answers: &Answers) -> Result<(), String> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(text)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let kind = match by {
            AcmeChallenge::Http01 => ChallengeType::Http01,
            AcmeChallenge::TlsAlpn01 => ChallengeType::TlsAlpn01,
        };
        let mut challenge = authorization
            .challenge(kind)
            .ok_or_else(|| format!("the authority does not offer {} for {name}: choose the other acme.challenge", by.as_str()))?;
        let proof = challenge.key_authorization();
        match by {
            AcmeChallenge::Http01 => answers.expect_http(&challenge.token, proof.as_str()),
            AcmeChallenge::TlsAlpn01 => {
                let digest = <[u8; 32]>::try_from(proof.digest().as_ref()).map_err(|e| e.to_string())?;
                answers.expect_tls(&name, &digest).map_err(|e| e.to_string())?;
            }
        }
        challenge.set_ready().await.map_err(text)?;
    }
    Ok(())
}

/// What the authority found wrong, name by name, and what to look at.
async fn complaint(order: &mut Order, by: AcmeChallenge) -> Option<String> {
    let mut found = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let _ = authorization.refresh().await; // what is known is told in any case
        let name = authorization.identifier().to_string();
        let problems = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        found.extend(problems.map(|problem| format!("{name}: {}", problem.detail.as_deref().unwrap_or("no reason given"))));
    }
    let port = match by {
        AcmeChallenge::Http01 => 80,
        AcmeChallenge::TlsAlpn01 => 443,
    };
    let told = || {
        let found = found.join("; ");
        format!("the authority's check by {} failed; port {port} of each name must lead to this node. It says: {found}", by.as_str())
    };
    (!found.is_empty()).then(told)
}

pub fn text(e: instant_acme::Error) -> String {
    match e {
        instant_acme::Error::Api(problem) => format!("the authority says: {}", problem.detail.as_deref().unwrap_or("no reason given")),
        other => {
            let mut text = other.to_string();
            let mut source = std::error::Error::source(&other);
            while let Some(cause) = source {
                let more = cause.to_string();
                if !text.contains(&more) {
                    text = format!("{text}: {more}");
                }
                source = cause.source();
            }
            format!("the authority can't be used: {text}")
        }
    }
}
