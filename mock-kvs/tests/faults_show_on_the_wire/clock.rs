//! The service's clock.

use super::support::{Bench, fault};
use super::{BODY, PATH};

#[tokio::test]
async fn the_clock_is_off_in_date_and_in_signature_checks() {
    let bench = Bench::new().await;
    let here = bench.wall();
    let spec = r#"{"fault": "date-skew", "offset": "+7m"}"#;
    let rule = bench.mock.arm(fault(spec)).expect("armed");
    let late = bench.call_with(&bench.keys, here, PATH, BODY).await;
    assert!(late.body.contains("Signature expired"), "{}", late.body);
    // What `Date` says is what is right.
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    bench.mock.heal(&rule);
    assert_eq!(bench.call_with(&bench.keys, here, PATH, BODY).await.status, 200);
}
