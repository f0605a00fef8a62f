//! The harness as credential provider: the device asks, fresh keys are issued and handed over.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use mock_kvs::{IssuedCredentials, Mock};
use tokio::time::Instant;

use super::console::{Order, Orders};
use super::keys;
use crate::redact::Secret;

/// Life of keys that a client asks for where the scenario says nothing: AWS's own default for a role.
const SERVED_FOR: Duration = Duration::from_secs(3_600);

/// Answers the device's requests for credentials.
#[derive(Debug, Default)]
pub struct Provider {
    valid_for: Option<Duration>,
    renewed_for: Option<Duration>,
    delay: Duration,
    due: Option<Instant>,
    secrets: Vec<Secret>,
}

impl Provider {
    /// Keys valid for `valid_for` at first and `renewed_for` later, each after `delay`.
    pub fn new(
        valid_for: Option<Duration>,
        renewed_for: Option<Duration>,
        delay: Duration,
    ) -> Self {
        Self { valid_for, renewed_for, delay, ..Self::default() }
    }

    /// The keys given before the start, as orders.
    pub fn first(&mut self, mock: &Mock) -> Vec<Order> {
        let issued = mock.issue_credentials(self.valid_for);
        self.hand_over(&issued)
    }

    /// The keys given before the start, as they are.
    pub fn issue_first(&mut self, mock: &Mock) -> IssuedCredentials {
        let issued = mock.issue_credentials(self.valid_for);
        self.remember(&issued);
        issued
    }

    /// Serves keys to a client that takes no commands, the first valid for `valid_for`, the others for
    /// `renewed_for`; gives the address to ask.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn serve(&self, mock: &Mock) -> io::Result<String> {
        let first = Cell::new(self.valid_for);
        let later = self.renewed_for.or(self.valid_for);
        let mock = mock.clone();
        let issue = move || {
            // What such an agent gives always ends.
            let valid_for = first.replace(later).unwrap_or(SERVED_FOR);
            mock.issue_credentials(Some(valid_for))
        };
        keys::serve(self.delay, issue).await
    }

    /// The device wants keys. While an answer is under way another request changes nothing.
    pub fn asked(&mut self) {
        self.due.get_or_insert_with(|| Instant::now() + self.delay);
    }

    /// When the next answer is due.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Answers now.
    pub fn answer(&mut self, mock: &Mock, orders: &mut Orders) {
        self.due = None;
        let issued = mock.issue_credentials(self.renewed_for.or(self.valid_for));
        for order in self.hand_over(&issued) {
            orders.queue(order);
        }
    }

    /// Every secret given out, and those of others that were told to it.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Remembers the secrets of `issued`.
    pub fn remember(&mut self, issued: &IssuedCredentials) {
        self.secrets.push(Secret::new("access_key_id", &issued.access_key_id));
        self.secrets.push(Secret::new("secret_key", &issued.secret_key));
        let token = issued.session_token.as_ref();
        self.secrets.extend(token.map(|token| Secret::new("session_token", token)));
    }

    /// Remembers one more secret.
    pub fn keep(&mut self, secret: Secret) {
        self.secrets.push(secret);
    }

    fn hand_over(&mut self, issued: &IssuedCredentials) -> Vec<Order> {
        self.remember(issued);
        let expires_s = issued.expires_unix_ms.unwrap_or(0) / 1_000;
        let token = issued.session_token.as_deref().unwrap_or_default();
        let mut orders = Order::set("secret.access_key_id", &issued.access_key_id);
        orders.extend(Order::set("secret.secret_key", &issued.secret_key));
        orders.extend(Order::set("secret.session_token", token));
        orders.extend(Order::set("credentials.expires_unix_s", &expires_s.to_string()));
        orders.push(Order::new("credentials"));
        orders
    }
}

#[cfg(test)]
#[path = "provider/tests.rs"]
mod tests;
