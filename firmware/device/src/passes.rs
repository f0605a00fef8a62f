//! Several futures in one task, without an executor.
//!
//! All futures of a device share one waker. They talk through cells: who changes one says so with
//! [`Passes::touch`], and the task then polls all of them once more. A pass is a handful of polls;
//! nothing is registered or allocated.

use core::cell::Cell;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};

/// Passes in one poll of the task before the executor gets its turn: enough for a request's bytes
/// to go through TLS and back, few enough that a flood from one link starves nothing else.
const PASSES_MAX: u32 = 32;

/// Says that another pass is needed.
#[derive(Debug, Default)]
pub(crate) struct Passes {
    touched: Cell<bool>,
}

impl Passes {
    /// Something changed that another future may wait for.
    pub(crate) fn touch(&self) {
        self.touched.set(true);
    }

    /// Lets every other future run once before going on.
    pub(crate) async fn next(&self) {
        let mut waited = false;
        until(|| {
            if waited {
                return Some(());
            }
            waited = true;
            self.touch();
            None
        })
        .await;
    }

    /// Calls `pass` until nothing is touched any more.
    pub(crate) fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        mut pass: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        for _ in 0..PASSES_MAX {
            self.touched.set(false);
            if let Poll::Ready(value) = pass(cx) {
                return Poll::Ready(value);
            }
            if !self.touched.get() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Waits until `ready` gives something. Looked at in every pass.
pub(crate) fn until<T>(mut ready: impl FnMut() -> Option<T>) -> impl Future<Output = T> {
    poll_fn(move |_| ready().map_or(Poll::Pending, Poll::Ready))
}

/// Which of two futures was first.
pub(crate) enum First<A, B> {
    A(A),
    B(B),
}

/// Waits for the first of two, `a` before `b` when both are ready. They are pinned by the caller:
/// an `async fn` would keep a second copy of what it was given for as long as it runs.
pub(crate) fn first<A: Future, B: Future>(
    mut a: Pin<&mut A>,
    mut b: Pin<&mut B>,
) -> impl Future<Output = First<A::Output, B::Output>> {
    poll_fn(move |cx| {
        if let Poll::Ready(value) = a.as_mut().poll(cx) {
            return Poll::Ready(First::A(value));
        }
        b.as_mut().poll(cx).map(First::B)
    })
}
