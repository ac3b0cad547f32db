//! What makes two catalogues, two feeds or two rows the same.

use sha2::{Digest, Sha256};
use units::hex;

use crate::row::PriceRow;

impl PriceRow {
    /// SHA-256 over service and cells, in hexadecimal: another one if anything about the row is another.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for cell in std::iter::once(self.service.as_str().into()).chain(self.cells()) {
            // The length keeps neighbouring cells apart.
            hash.update((cell.len() as u64).to_le_bytes());
            hash.update(cell.as_bytes());
        }
        hex(&hash.finalize())
    }
}
