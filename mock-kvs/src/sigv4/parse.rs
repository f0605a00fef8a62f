//! Reading a signature's parts out of the Authorization header or the query.

use http::HeaderMap;

use super::Request;
use super::canonical::{decode_percent, pairs};
use super::date::parse_amz_date;
use crate::service::error::{ErrorType, ServiceError};

/// Where a signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The Authorization header.
    Header,
    /// The query: a presigned URL.
    Query,
}

/// A signature and everything it names, unverified.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// Where it stands.
    pub form: Form,
    /// The access key id.
    pub access_key_id: String,
    /// `YYYYMMDD` of the scope.
    pub scope_date: String,
    /// The scope's region.
    pub scope_region: String,
    /// The scope's service.
    pub scope_service: String,
    /// Lower-case names, in the order given.
    pub signed_headers: Vec<String>,
    /// Hex.
    pub signature: String,
    /// X-Amz-Date.
    pub date: String,
    /// The same in milliseconds.
    pub date_unix_ms: u64,
    /// X-Amz-Expires; only in the query form.
    pub expires_s: Option<u64>,
    /// X-Amz-Security-Token, from the query or the header.
    pub session_token: Option<String>,
}

/// Leaves out token and signature.
impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed")
            .field("form", &self.form)
            .field("date", &self.date)
            .field("signed_headers", &self.signed_headers)
            .finish_non_exhaustive()
    }
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// A week: the longest a presigned URL may live.
const EXPIRES_S: std::ops::RangeInclusive<u64> = 1..=604_800;

impl Signed {
    /// The form a request uses, before anything is judged; `None` when it is not signed.
    pub fn form(query: &str, headers: &HeaderMap) -> Option<Form> {
        if headers.contains_key(http::header::AUTHORIZATION) {
            Some(Form::Header)
        } else if pairs(query).any(|(name, _)| name == "X-Amz-Signature") {
            Some(Form::Query)
        } else {
            None
        }
    }

    /// Reads the signature of a request.
    ///
    /// # Errors
    /// MissingAuthenticationToken when there is none, IncompleteSignature when a part is missing.
    pub fn parse(request: &Request<'_>) -> Result<Self, ServiceError> {
        let signed = match Self::form(request.query, request.headers) {
            Some(Form::Header) => Self::from_header(request.headers),
            Some(Form::Query) => Self::from_query(request.query),
            None => Err(ServiceError::new(
                ErrorType::MissingAuthenticationToken,
                "Missing Authentication Token",
            )),
        }?;
        if !signed.signed_headers.iter().any(|name| name == "host") {
            return Err(incomplete("'host' must be a signed header"));
        }
        Ok(signed)
    }

    fn from_header(headers: &HeaderMap) -> Result<Self, ServiceError> {
        let text = header(headers, "authorization").unwrap_or("");
        let rest = text
            .strip_prefix(ALGORITHM)
            .ok_or_else(|| incomplete("Unsupported AWS 'algorithm' in Authorization header"))?;
        let part = |name: &str| {
            rest.split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find_map(|(key, value)| (key == name).then(|| value.trim().to_owned()))
                .ok_or_else(|| {
                    incomplete(&format!("Authorization header requires '{name}' parameter."))
                })
        };
        let date = header(headers, "x-amz-date")
            .ok_or_else(|| incomplete("Authorization header requires existence of 'X-Amz-Date'"))?;
        let signed = Self::assemble(
            Form::Header,
            &part("Credential")?,
            &part("SignedHeaders")?,
            part("Signature")?,
            date,
        )?;
        if !signed.signed_headers.iter().any(|name| name == "x-amz-date") {
            return Err(incomplete("'x-amz-date' must be a signed header"));
        }
        let session_token = header(headers, "x-amz-security-token").map(str::to_owned);
        Ok(Self { session_token, ..signed })
    }

    fn from_query(query: &str) -> Result<Self, ServiceError> {
        let find = |name: &str| {
            pairs(query).find_map(|(key, value)| (key == name).then(|| decode_percent(value)))
        };
        let part = |name: &str| {
            find(name).ok_or_else(|| {
                incomplete(&format!("AWS query-string parameters must include '{name}'."))
            })
        };
        if part("X-Amz-Algorithm")? != ALGORITHM {
            return Err(incomplete("Unsupported AWS 'algorithm' in query string"));
        }
        let expires_s = part("X-Amz-Expires")?
            .parse()
            .ok()
            .filter(|seconds| EXPIRES_S.contains(seconds))
            .ok_or_else(|| incomplete("X-Amz-Expires must be between 1 and 604800 seconds"))?;
        let signed = Self::assemble(
            Form::Query,
            &part("X-Amz-Credential")?,
            &part("X-Amz-SignedHeaders")?,
            part("X-Amz-Signature")?,
            &part("X-Amz-Date")?,
        )?;
        let session_token = find("X-Amz-Security-Token");
        Ok(Self { expires_s: Some(expires_s), session_token, ..signed })
    }

    fn assemble(
        form: Form,
        credential: &str,
        signed_headers: &str,
        signature: String,
        date: &str,
    ) -> Result<Self, ServiceError> {
        // From the right: an access key id may hold anything.
        let mut scope = credential.rsplitn(5, '/');
        let mut next = || scope.next().unwrap_or("").to_owned();
        let [end, service, region, day, access_key_id] = [next(), next(), next(), next(), next()];
        if end != "aws4_request" || access_key_id.is_empty() {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/aws4_request",
            ));
        }
        let date_unix_ms = parse_amz_date(date)
            .ok_or_else(|| incomplete("Date must be in ISO-8601 'basic format'."))?;
        Ok(Self {
            form,
            access_key_id,
            scope_date: day,
            scope_region: region,
            scope_service: service,
            signed_headers: signed_headers.split(';').map(str::to_ascii_lowercase).collect(),
            signature,
            date: date.to_owned(),
            date_unix_ms,
            expires_s: None,
            session_token: None,
        })
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn incomplete(text: &str) -> ServiceError {
    ServiceError::new(ErrorType::IncompleteSignature, text)
}
