//! ARNs: the classes of right and wrong ones that the C SDK's own test lists (spec §1.2).

use kvs_signaling::wire::arn::{self, Arn};

#[test]
fn an_arn_is_taken_apart() {
    assert_eq!(
        arn::parse("arn:aws-cn:kinesisvideo:cn-north-1:123456789012:channel/a.b_c-D/1512345678901"),
        Some(Arn {
            partition: "aws-cn",
            region: "cn-north-1",
            account: "123456789012",
            name: "a.b_c-D",
            created_ms: "1512345678901",
        })
    );
}

#[test]
fn channels_of_every_partition_are_taken() {
    for partition in ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e"] {
        let text =
            format!("arn:{partition}:kinesisvideo:us-west-2:123456789012:channel/x/1512345678901");
        assert!(arn::parse(&text).is_some(), "{text}");
    }
    let longest = GOOD.replace("door", &"n".repeat(256));
    assert!(arn::parse(&longest).is_some());
}

#[test]
fn what_is_no_channels_arn_is_refused() {
    assert!(arn::parse(GOOD).is_some());
    let long_name = "n".repeat(257);
    for (from, to) in [
        ("arn:", ""),
        ("arn:", "ARN:"),
        ("arn:", "arn::"),
        ("aws:", ":"),
        ("aws:", "gcp:"),
        ("aws:", "awsx:"),
        (":kinesisvideo:", ":kinesis:"),
        (":kinesisvideo:", ":kinesisvideos:"),
        (":kinesisvideo:", ":KinesisVideo:"),
        (":kinesisvideo:", "::"),
        (":kinesisvideo:", ":kinesisvideo::"),
        ("us-west-2", ""),
        ("us-west-2", "us west"),
        ("us-west-2", "US-WEST-2"),
        ("123456789012", "12345678901"),
        ("123456789012", "1234567890123"),
        ("123456789012", "12345678901a"),
        ("123456789012", ""),
        ("channel/", "stream/"),
        ("channel/", "channels/"),
        ("channel/", "channel"),
        ("channel/", "channel:"),
        ("channel/", "/channel/"),
        ("/door/", "//"),
        ("/door/", "/door//"),
        ("/door/", "/do/or/"),
        ("/door/", "/do or/"),
        ("/door/", "/d\u{f6}r/"),
        ("door", long_name.as_str()),
        ("1512345678901", "151234567890"),
        ("1512345678901", "15123456789012"),
        ("1512345678901", "151234567890x"),
        ("1512345678901", ""),
        ("1512345678901", "1512345678901/"),
        ("1512345678901", "1512345678901:"),
        ("1512345678901", "1512345678901 "),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD);
        assert_eq!(arn::parse(&text), None, "{text}");
    }
    for text in ["", "arn", ":::::", "arn:aws:kinesisvideo:us-west-2:123456789012"] {
        assert_eq!(arn::parse(text), None, "{text}");
    }
}

const GOOD: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1512345678901";
