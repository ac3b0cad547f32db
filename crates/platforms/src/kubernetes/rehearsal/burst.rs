//! CPU above the request: what a node has left goes to the pods that want it.
//!
//! A pod always gets its request. When its node is full, pods share it by their requests, and these are all alike;
//! when it is not, a pod may use more, up to its limit. The limit is a pace here, not a quota for each 100 ms: a
//! request that needs less than the quota is faster in truth, and one that has used it up waits for the next.

use units::Millicores;

/// A node's CPU in the last second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// What is not used, and not promised to those that used all of their request.
    left: Millicores,
    /// Pods that did.
    busy: u64,
}

impl Share {
    /// Of a node with so much for pods.
    pub(super) const fn of(cpu: Millicores) -> Self {
        Self { left: cpu, busy: 0 }
    }

    /// A pod used so much of its request, or more.
    pub(super) fn add(&mut self, used: Millicores, request: Millicores) {
        // Just below the request is as good as all of it: the last second was not quite full.
        let busy = used.get() * 100 >= request.get() * 95;
        self.busy += u64::from(busy);
        self.left = self.left.saturating_sub(if busy { request } else { used });
    }

    /// What each pod may use.
    pub(super) fn each(&self, request: Millicores, limit: Millicores) -> Millicores {
        (request + Millicores::new(self.left.get() / self.busy.max(1))).min(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_goes_to_the_busy_and_nobody_gets_less_than_the_request() {
        let m = Millicores::new;
        let shared = |node, used: &[u64]| {
            let mut share = Share::of(m(node));
            for &used in used {
                share.add(m(used), m(500));
            }
            share.each(m(500), m(2000)).get()
        };
        assert_eq!(shared(1900, &[100, 100, 100]), 2000, "nobody is busy: up to the limit");
        assert_eq!(shared(1900, &[500, 100, 100]), 500 + 1200);
        assert_eq!(shared(1900, &[900, 800, 100]), 500 + 400, "800 between two");
        assert_eq!(shared(1900, &[600, 600, 600]), 500 + 133);
        assert_eq!(shared(1500, &[500, 500, 500]), 500, "full");
        assert_eq!(shared(1000, &[500, 500, 500]), 500, "never less");
    }
}
