//! The port's own code, Rust and C, against the mock over real TLS. What is ESP-IDF's is stood in for.

mod support;

use mock_kvs::RoleAlias;
use serde_json::json;
use support::{Running, command, program};

const MASTER: &str = "firmware/capi/examples/master.c";
const VIEWER: &str = "firmware/capi/examples/viewer.c";

#[test]
fn it_answers_survives_cuts_and_is_freed() {
    let Some(master) = program("master", &[MASTER]) else { return };
    let viewer = program("viewer", &[VIEWER]).expect("as the master");
    let service = support::service();
    let mut master =
        Running::start(command(&service, &master).arg("porch").env("MASTER_OFFERS", "3"));
    let calls = |id: &str| {
        let said = Running::start(command(&service, &viewer).args(["porch", id])).ends();
        assert!(said.contains("done 0x00000000"), "{said}");
    };
    master.says("connected 0x00000000");
    calls("anna");
    // In order, by the service; then the hard way, in the middle of an offer, which is lost with it.
    service.change(json!({"change": "close", "to": {"role": "master"}}));
    master.says("state 9 Connected");
    calls("bert");
    service.fault(json!({"fault": "reset", "on": "SDP_OFFER", "at": "50%", "toward": "device"}));
    let carl = Running::start(command(&service, &viewer).args(["porch", "carl"]));
    master.says("state 9 Connected");
    carl.switch_off();
    calls("dora");
    let said = master.ends();
    assert!(said.contains("offer from=dora") && said.contains("done 0x00000000"), "{said}");
    assert!(!said.contains("answer 0x5"), "{said}");
}

#[test]
fn the_cache_is_kept_in_nvs_and_in_files() {
    let Some(cached) = program("cached", &["firmware/capi/tests/c/cached.c"]) else { return };
    let service = support::service();
    let keys = service.keys_file();
    let file = service.dir.path().join("cache");
    for place in ["nvs:kvs_webrtc/cache", file.to_str().expect("a name")] {
        let before = service.answers("endpoint", 200);
        for _ in 0..2 {
            let mut command = command(&service, &cached);
            let said = Running::start(command.args(["door", place]).arg(&keys)).ends();
            assert!(said.contains("ended 0x00000000 state 9"), "{said}");
        }
        assert_eq!(
            service.answers("endpoint", 200),
            before + 1,
            "{place}: the second start has it"
        );
    }
    let blob = std::fs::read_to_string(service.dir.path().join("nvs/kvs_webrtc.cache"));
    let (blob, kept) = (blob.expect("a blob"), std::fs::read_to_string(&file).expect("a file"));
    // All but the moment at which each came into being.
    assert_eq!(blob.rsplit_once(',').map(|line| line.0), kept.rsplit_once(',').map(|line| line.0));
    assert!(blob.starts_with("door,Master,us-west-2,arn:aws:"), "{blob}");
    // A FAT that renames onto nothing, power lost in between: the new file alone.
    std::fs::rename(&file, service.dir.path().join("cache.new")).expect("renamed");
    let before = service.answers("endpoint", 200);
    let mut command = command(&service, &cached);
    Running::start(command.arg("door").arg(&file).arg(&keys)).ends();
    assert_eq!(service.answers("endpoint", 200), before);
}

#[test]
fn a_service_that_cannot_be_trusted_is_not_spoken_to() {
    let Some(cached) = program("trusting", &["firmware/capi/tests/c/cached.c"]) else { return };
    let (service, other) = (support::service(), support::service());
    let mut command = command(&service, &cached);
    command.env("AWS_KVS_CACERT_PATH", other.dir.path().join("ca.pem"));
    let mut running =
        Running::start(command.args(["door", "nvs:kvs_webrtc/cache"]).arg(service.keys_file()));
    running.says("TLS with localhost: -0x2700");
    running.switch_off();
    assert_eq!(service.mock.journal().counts().responses.len(), 0, "nothing was asked");
}

#[test]
fn certificates_are_judged_by_chain_name_and_date() {
    let Some(cached) = program("judging", &["firmware/capi/tests/c/cached.c"]) else { return };
    let cases = [
        ("tls-unknown-ca", "TLS with localhost: -0x2700"),
        ("tls-wrong-name", "TLS with localhost: -0x2700"),
        // Mbed TLS looks at no dates: the port does.
        ("tls-expired", "TLS with localhost: a certificate is not valid now"),
        ("tls-not-yet-valid", "TLS with localhost: a certificate is not valid now"),
    ];
    for (fault, said) in cases {
        let service = support::service();
        service.fault(json!({"fault": fault}));
        let mut command = command(&service, &cached);
        let place = ["door", "nvs:kvs_webrtc/cache"];
        let mut running = Running::start(command.args(place).arg(service.keys_file()));
        running.says(said);
        running.switch_off();
        assert_eq!(
            service.mock.journal().counts().responses.len(),
            0,
            "{fault}: nothing was asked"
        );
    }
}

#[test]
fn clients_are_freed_at_any_moment() {
    let Some(free) = program("free", &["firmware/capi/tests/c/free_at_random.c"]) else { return };
    let service = support::service();
    service.runtime.block_on(async { service.mock.create_channel("door", None) }).expect("made");
    let said = Running::start(command(&service, &free).args(["door", "10", "7"])).ends();
    assert!(said.contains("survived 10 rounds"), "{said}");
}

/// The walk of the C API's own tests: what its functions promise, they promise here.
#[test]
fn every_function_keeps_its_promise() {
    let Some(walk) = program("walk", &["firmware/capi/tests/c/walk.c"]) else { return };
    let viewer = program("walk-viewer", &[VIEWER]).expect("as the walk");
    let service = support::service();
    // The core counts whole milliseconds, and loopback answers in less.
    service.fault(json!({"fault": "http-delay", "delay": "20ms"}));
    let mut anna = None;
    let to = json!({"role": "master"});
    let walking = Running::start(command(&service, &walk).arg("door"));
    let said = walking.converses(|word| match word {
        "offer" => {
            anna = Some(Running::start(command(&service, &viewer).args(["door", "anna"])));
        }
        "answered" => drop(anna.take().expect("she offered").ends()),
        "go-away" | "close" | "reconnect-ice" => {
            service.change(json!({"change": word, "to": to}));
        }
        "deleted" => assert_eq!(service.answers("delete", 200), 1),
        other => panic!("asked for {other}"),
    });
    assert!(said.ends_with("walked\n"), "{said}");
}

#[test]
fn a_certificate_stands_for_keys() {
    let Some(iot) = program("iot", &["firmware/capi/tests/c/iot.c"]) else { return };
    let service = support::service();
    let alias = RoleAlias { calls_per_second: 500, ..RoleAlias::default() };
    service.mock.set_role_alias("cameras", alias);
    let device = service.mock.issue_device_certificate("camera", None).expect("a certificate");
    let dir = service.dir.path();
    std::fs::write(dir.join("certificate.pem"), &device.certificate_pem).expect("written");
    std::fs::write(dir.join("key.pem"), &device.private_key_pem).expect("written");
    let endpoint =
        format!("c1a2b3.credentials.iot.us-west-2.amazonaws.com:{}", service.address.port());
    let mut command = command(&service, &iot);
    command.args([&*endpoint, "certificate.pem", "key.pem", "ca.pem", "door"]);
    let said = Running::start(&mut command).converses(|word| match word {
        "slow" => service.fault(json!({"fault": "http-delay", "delay": "30s"})),
        "quick" => service.heal(),
        "expire" => service.change(json!({"change": "expire-credentials"})),
        "later" => service.change(json!({"change": "clock", "offset_ms": 3_700_000})),
        "close" => service.change(json!({"change": "close", "to": {"role": "master"}})),
        other => panic!("asked for {other}"),
    });
    assert!(said.ends_with("served\n"), "{said}");
    assert!(service.answers("role-alias", 200) > 0);
}

#[test]
fn the_example_application_runs() {
    let sources = [
        "firmware/esp-idf/kvs_webrtc/examples/signaling/main/app_main.c",
        "firmware/ports/idf/tests/stand-in/main/main.c",
    ];
    let Some(example) = program("example", &sources) else { return };
    let viewer = program("example-viewer", &[VIEWER]).expect("as the example");
    let service = support::service();
    let mut example = Running::start(command(&service, &example).env("EXAMPLE_CHANNEL", "garage"));
    example.says("state Connected");
    let said = Running::start(command(&service, &viewer).args(["garage", "anna"])).ends();
    assert!(said.contains("done 0x00000000"), "{said}");
    example.says("offer from anna");
    service.change(json!({"change": "go-away", "to": {"role": "master"}}));
    example.says("state Connected");
    let said = Running::start(command(&service, &viewer).args(["garage", "bert"])).ends();
    assert!(said.contains("done 0x00000000"), "{said}");
    example.says("offer from bert");
    example.switch_off();
}
