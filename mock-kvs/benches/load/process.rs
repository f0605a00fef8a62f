//! A server as a process of its own, and what the system says it uses.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::server::Kind;

/// The first line of a server's output.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ready {
    pub port: u16,
    /// DER, in base64.
    pub ca: String,
    pub access_key_id: String,
    pub secret_key: String,
    /// One for each channel; none of a relay that has no channels.
    pub arns: Vec<String>,
}

pub struct Server {
    pub ready: Ready,
    child: Child,
}

/// What a process has used so far, where the system tells (Linux).
#[derive(Clone, Debug)]
pub struct Usage {
    pub rss_kib: u64,
    pub cpu_us: u64,
}

impl Server {
    pub fn start(kind: Kind, channels: usize) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([kind.word(), &channels.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        let read = BufReader::new(out).read_line(&mut line);
        let ready = read.and_then(|_| serde_json::from_str(&line).map_err(io::Error::other));
        match ready {
            Ok(ready) => Ok(Self { ready, child }),
            Err(error) => {
                let _ = child.kill();
                Err(error)
            }
        }
    }

    /// What it uses now.
    pub fn usage(&self) -> Option<Usage> {
        let id = self.child.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let rss_kib = rss.trim().split(' ').next()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in parentheses may hold anything; user and system time are the 12th and 13th
        // field behind it, in ticks of 10 ms.
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks: u64 =
            fields.split(' ').skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        Some(Usage { rss_kib, cpu_us: ticks * 10_000 })
    }

    /// What it uses once it has nothing more to do: no CPU time for a while.
    pub async fn settled(&self) -> Option<Usage> {
        let mut last = self.usage()?;
        let mut quiet = 0;
        while quiet < 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = self.usage()?;
            quiet = if now.cpu_us == last.cpu_us { quiet + 1 } else { 0 };
            last = now;
        }
        Some(last)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Raises the limit of open files to what is needed, as far as the system allows.
pub fn allow_files(needed: usize) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let needed = u64::try_from(needed).unwrap_or(u64::MAX);
        if limit.maximum.is_some_and(|maximum| maximum < needed) {
            let what = format!("{needed} open files are needed; the system allows {limit:?}");
            return Err(io::Error::other(what));
        }
        let current = limit.current.map(|current| current.max(needed));
        setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum })?;
    }
    let _ = needed;
    Ok(())
}
