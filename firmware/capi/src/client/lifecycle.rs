//! From create to free.

use std::sync::{Arc, Condvar, Mutex};

use kvs_signaling::ConfigError;

use super::application::Application;
use super::calls::{STEP_BUDGET, elapsed_ms};
use super::commands::{Command, Commands};
use super::ice::IceMemory;
use super::plan::{Given, Plan};
use super::shared::Shared;
use super::{Client, lock, storage};
use crate::abi::status::signaling as code;
use crate::abi::structs::{AwsCredentialProvider, Callbacks};
use crate::abi::{Status, state, status};
use crate::platform;

impl Client {
    /// `createSignalingClientSync`. `retries`: attempts after the first, counted whatever comes of it.
    ///
    /// # Safety
    /// As for [`Plan::of`]; the callbacks can be called and the provider lives until the client is
    /// freed.
    pub(crate) unsafe fn create(
        given: &Given<'_>,
        callbacks: Callbacks,
        provider: *mut AwsCredentialProvider,
        retries: &mut u32,
    ) -> Result<Arc<Self>, Status> {
        let begun = platform::now();
        if callbacks.version > 0 {
            return Err(code::INVALID_SIGNALING_CALLBACKS_VERSION);
        }
        // SAFETY: as the caller says.
        let plan = unsafe { Plan::of(given) }?;
        let cache = storage::load(&plan);
        let shared = Shared::new(plan.settings.media_storage);
        let client = Arc::new(Self {
            plan,
            application: Application::new(callbacks, provider),
            commands: Commands::default(),
            shared: Mutex::new(shared),
            changed: Condvar::new(),
            ice: Mutex::new(IceMemory::default()),
            cache: Mutex::new(cache),
            threads: Mutex::new(Vec::new()),
        });
        match client.begin_life(retries) {
            Ok(()) => {
                client.lock().counted.create_ms = elapsed_ms(begun);
                Ok(client)
            }
            Err(failed) => {
                client.end_life();
                Err(failed)
            }
        }
    }

    fn begin_life(self: &Arc<Self>, retries: &mut u32) -> Result<(), Status> {
        let _inside = self.enter()?;
        let _driving = self.take_wheel()?;
        let no_thread = |_| status::NOT_ENOUGH_MEMORY;
        let pump = platform::pump_thread(Arc::clone(self)).map_err(no_thread)?;
        lock(&self.threads).push(pump);
        let caller = platform::caller_thread(Arc::clone(self)).map_err(no_thread)?;
        lock(&self.threads).push(caller);
        let started = self.drive(STEP_BUDGET, |shared| shared.started.take())?;
        started.map_err(config_status)?;
        self.lock().enter(state::NEW);
        let mut retry = self.plan.retry.begin();
        loop {
            let failed = match self.first_credentials() {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            let Some(wait) = retry.next(failed) else { return Err(failed) };
            *retries = retry.done;
            self.pause(wait)?;
        }
    }

    /// GET_TOKEN: up to two executions.
    fn first_credentials(&self) -> Result<(), Status> {
        let executions = if self.plan.retry_steps { 2 } else { 1 };
        for _ in 0..executions {
            self.lock().enter(state::GET_CREDENTIALS);
            self.drive(STEP_BUDGET, |_| Some(()))?;
            if let Some(refused) = self.lock().refused.take() {
                return Err(refused);
            }
            if let Ok(keys) = self.ask_provider(Application::keys) {
                self.command(Command::Credentials(Some(keys)));
                return Ok(());
            }
        }
        Err(code::GET_TOKEN_CALL_FAILED)
    }

    /// `freeSignalingClient`, once its handle is out of use. Refused from the client's own thread.
    pub(crate) fn may_be_freed_here(&self) -> bool {
        !self.is_own_thread()
    }

    /// Ends both threads and waits for every call that is inside.
    pub(crate) fn end_life(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
        self.commands.push(Command::End);
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            // A thread that panicked has ended too.
            let _ = thread.join();
        }
        let mut shared = self.lock();
        while shared.inside > 0 {
            shared = self.wait(shared, None);
        }
    }

    /// The pump runs, or cannot.
    pub(super) fn pump_started(&self, started: Result<(), ConfigError>) {
        self.lock().started = Some(started);
        self.changed.notify_all();
    }

    /// There is no reactor to be had: out of files or memory.
    pub(crate) fn pump_cannot_start(&self) {
        self.pump_started(Err(ConfigError::Buffer("reactor")));
    }
}

fn config_status(error: ConfigError) -> Status {
    match error {
        ConfigError::NoChannel => status::NULL_ARG,
        ConfigError::ChannelName
        | ConfigError::ControlPlane
        | ConfigError::IotEndpoint
        | ConfigError::RoleAlias
        | ConfigError::ThingName => status::INVALID_ARG,
        ConfigError::ChannelArn => code::INVALID_CHANNEL_ARN,
        ConfigError::Region => code::INVALID_REGION_LENGTH,
        ConfigError::ClientId => status::INVALID_ARG,
        ConfigError::MessageTtl => code::INVALID_MESSAGE_TTL_VALUE,
        ConfigError::Buffer(_) => status::NOT_ENOUGH_MEMORY,
    }
}
