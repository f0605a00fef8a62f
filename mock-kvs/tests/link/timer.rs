//! Timers: never early; how late is measured in `benches/link_latency.rs`.

use std::future::poll_fn;
use std::time::Duration;

use mock_kvs::platform::Sleeper;
use tokio::task::JoinSet;
use tokio::time::Instant;

#[tokio::test]
async fn a_precise_sleep_is_never_early() {
    let sleeper = Sleeper::precise();
    for us in [1, 50, 300, 1_000, 2_500] {
        let start = Instant::now();
        let time = Duration::from_micros(us);
        sleeper.sleep(time).await;
        assert!(start.elapsed() >= time, "{us} us: {:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_timers_share_one_and_end_in_order_of_their_deadlines() {
    let sleeper = Sleeper::precise();
    let start = Instant::now();
    let mut sleeps = JoinSet::new();
    for ms in (1..=20).rev() {
        let sleeper = sleeper.clone();
        sleeps.spawn(async move {
            let deadline = start + Duration::from_millis(ms);
            sleeper.sleep_until(deadline).await;
            Instant::now() >= deadline
        });
    }
    let on_time = sleeps.join_all().await;
    assert_eq!(on_time, [true; 20]);
}

#[tokio::test]
async fn a_timer_can_be_moved_earlier_and_dropped() {
    let sleeper = Sleeper::precise();
    let start = Instant::now();
    let hour = start + Duration::from_secs(3600);
    let mut timer = sleeper.timer();
    let mut never = sleeper.timer();
    let soon = start + Duration::from_millis(2);
    poll_fn(|cx| {
        assert!(never.poll_until(cx, hour).is_pending());
        assert!(timer.poll_until(cx, hour).is_pending());
        timer.poll_until(cx, soon)
    })
    .await;
    assert!(Instant::now() >= soon && Instant::now() < hour);
}

#[tokio::test(start_paused = true)]
async fn under_a_paused_clock_time_jumps() {
    let start = Instant::now();
    Sleeper::tokio().sleep(Duration::from_secs(3600)).await;
    assert_eq!(start.elapsed(), Duration::from_secs(3600));
}
