//! A board: Espressif's scheduler and time driver, Wi-Fi, and the drivers under the console.

use embassy_executor::Spawner;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use esp_hal::Async;
use esp_hal::peripherals::Peripherals;
use esp_hal::rng::TrngSource;
use esp_hal::rtc_cntl::{Rtc, RwdtStage, SocResetReason, reset_reason};
use esp_hal::system::Cpu;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::uart::{self, Uart, UartRx};
use esp_hal::usb::usb_serial_jtag::{UsbSerialJtag, UsbSerialJtagRx};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{AuthenticationMethodConfig, Config, WifiController};
use esp_rtos::embassy::Executor;
use kvs_device::WifiSettings;
use static_cell::StaticCell;

pub use esp_radio::wifi::Interface;

use crate::chip::{Chip, HANG, Start};
use crate::console;
use crate::storage::Storage;

/// Beside the memory that the bootloader leaves: Wi-Fi takes up to some 60 KB, TLS 45.
const HEAP_SIZE: usize = 80 * 1024;
/// Waits between attempts to join, from the first on.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

static WANTED: Signal<CriticalSectionRawMutex, WifiSettings> = Signal::new();

/// Runs the device on a board.
pub fn run(peripherals: Peripherals) -> ! {
    let p = peripherals;
    esp_alloc::heap_allocator!(#[esp_hal::ram(reclaimed)] size: 64 * 1024);
    esp_alloc::heap_allocator!(size: HEAP_SIZE);
    esp_rtos::start(TimerGroup::new(p.TIMG0).timer0, p.FROM_CPU_INTR0);
    static CHIP: StaticCell<Chip> = StaticCell::new();
    static ENTROPY: StaticCell<TrngSource<'static>> = StaticCell::new();
    // Noise of the converter: without it the generator is weak whenever the radio is off.
    ENTROPY.init(TrngSource::new(p.RNG, p.ADC1));
    let chip = &*CHIP.init(Chip::find(Watch::start(Rtc::new(p.RTC_TIMER))));
    let storage = Storage::find(p.FLASH);
    let uart = Uart::new(p.UART0, uart::Config::default()).expect("115,200 baud");
    let (uart, uart_out) = uart.with_rx(p.GPIO20).with_tx(p.GPIO21).into_async().split();
    let (usb, usb_out) = UsbSerialJtag::new(p.USB_DEVICE).into_async().split();
    // Dropped, they would take their pins along; the console writes by the registers, as a dying device must.
    core::mem::forget((uart_out, usb_out));
    let radio = WifiController::new(p.WIFI, Default::default()).expect("the radio starts");
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    EXECUTOR.init(Executor::new()).run(|spawner: Spawner| {
        spawner.spawn(hear_uart(uart).expect("spawned once"));
        spawner.spawn(hear_usb(usb).expect("spawned once"));
        spawner.spawn(stay_joined(radio).expect("spawned once"));
        crate::start(spawner, chip, storage, Interface::station());
    })
}

/// What goes on whatever the CPU does: the RTC's watchdog and clock.
pub struct Watch(Rtc<'static>);

impl Watch {
    /// Its clock goes on over a reset.
    pub const LASTS: bool = true;

    fn start(mut rtc: Rtc<'static>) -> Self {
        rtc.rwdt.enable();
        rtc.rwdt.set_timeout(RwdtStage::Stage0, HANG);
        Self(rtc)
    }

    /// Shows the watchdog that tasks run.
    pub fn feed(&mut self) {
        self.0.rwdt.feed();
    }

    /// Since power came.
    pub fn lasting_ms(&self) -> u64 {
        self.0.time_since_power_up().as_millis()
    }

    /// The word in `hello`.
    pub fn reset_reason(&self, start: Start) -> &'static str {
        match reset_reason(Cpu::ProCpu) {
            Some(SocResetReason::CoreSw | SocResetReason::Cpu0Sw) if start == Start::Died => {
                "panic"
            }
            Some(SocResetReason::CoreSw | SocResetReason::Cpu0Sw) => "software",
            Some(SocResetReason::CoreDeepSleep) => "deep_sleep",
            Some(SocResetReason::SysBrownOut | SocResetReason::CorePwrGlitch) => "brownout",
            Some(
                SocResetReason::CoreMwdt0
                | SocResetReason::CoreMwdt1
                | SocResetReason::CoreRtcWdt
                | SocResetReason::Cpu0Mwdt0
                | SocResetReason::Cpu0Mwdt1
                | SocResetReason::Cpu0RtcWdt
                | SocResetReason::SysRtcWdt
                | SocResetReason::SysSuperWdt,
            ) => "watchdog",
            // Somebody outside wanted it: the pin, the cable, or the power.
            Some(
                SocResetReason::ChipPowerOn
                | SocResetReason::SysClkGlitch
                | SocResetReason::CoreEfuseCrc
                | SocResetReason::CoreUsbUart
                | SocResetReason::CoreUsbJtag,
            )
            | None => "power",
        }
    }
}

#[embassy_executor::task]
async fn hear_uart(mut uart: UartRx<'static, Async>) -> ! {
    let mut bytes = [0; 64];
    loop {
        // What is damaged on its way is noticed by the line's checksum.
        let len = uart.read_async(&mut bytes).await.unwrap_or(0);
        for byte in bytes.iter().take(len) {
            console::RECEIVED.wait_and_take(*byte).await;
        }
    }
}

#[embassy_executor::task]
async fn hear_usb(mut usb: UsbSerialJtagRx<'static, Async>) -> ! {
    let mut bytes = [0; 64];
    loop {
        let Ok(len) = embedded_io_async::Read::read(&mut usb, &mut bytes).await;
        for byte in bytes.iter().take(len) {
            console::RECEIVED.wait_and_take(*byte).await;
        }
    }
}

/// Be in that network from now on.
pub fn join(wanted: &WifiSettings) {
    match wanted.ssid.given() {
        Some(_) => WANTED.signal(*wanted),
        None => console::put("wifi: no network was told (wifi.ssid)"),
    }
}

#[embassy_executor::task]
async fn stay_joined(mut radio: WifiController<'static>) -> ! {
    let mut wanted = WANTED.wait().await;
    let mut wait = RETRY.0;
    loop {
        match configured(&mut radio, &wanted).await {
            Ok(()) => {
                wait = RETRY.0;
                console::put("wifi: joined");
                let end = select(radio.wait_for_disconnect_async(), other_than(&wanted)).await;
                console::put("wifi: left");
                if let Either::Second(other) = end {
                    wanted = other;
                    // The answer to it says nothing that the next attempt does not.
                    let _ = radio.disconnect_async().await;
                }
            }
            Err(why) => {
                console::put(why);
                match select(Timer::after(wait), other_than(&wanted)).await {
                    Either::First(()) => wait = (wait * 2).min(RETRY.1),
                    Either::Second(other) => (wanted, wait) = (other, RETRY.0),
                }
            }
        }
    }
}

/// The next network that is wanted in place of `this` one.
async fn other_than(this: &WifiSettings) -> WifiSettings {
    loop {
        let next = WANTED.wait().await;
        if next.ssid.as_str() != this.ssid.as_str()
            || next.password.as_str() != this.password.as_str()
        {
            return next;
        }
    }
}

async fn configured(
    radio: &mut WifiController<'static>,
    wanted: &WifiSettings,
) -> Result<(), &'static str> {
    let ssid = wanted.ssid.as_str().try_into().map_err(|_| "wifi: the name is too long")?;
    let mut station = StationConfig::default().with_ssid(ssid);
    station = match wanted.password.given() {
        Some(password) => {
            let password = password.try_into().map_err(|_| "wifi: the password is too long")?;
            station.with_authentication(AuthenticationMethodConfig::Wpa2Personal(password))
        }
        None => station.with_authentication(AuthenticationMethodConfig::Open),
    };
    radio
        .set_config(&Config::Station(station))
        .map_err(|_| "wifi: the radio refuses these settings")?;
    radio.connect_async().await.map_err(|_| "wifi: cannot join")?;
    Ok(())
}
