//! Argon2id in memory that is kept from one hash to the next.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use secrecy::{ExposeSecret, SecretString};

use super::PasswordError;
use crate::store::PasswordHash;

/// The memory in which one worker hashes. If each hash allocated its own, the allocator would
/// keep hundreds of megabytes after a burst of sign-ins: other data comes to lie between the
/// freed memory, and the next hash does not fit there.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    /// Hashes with the crate's defaults (19 MiB, two passes, one lane), the first choice of
    /// the OWASP cheat sheet.
    pub(super) fn hash(&mut self, password: &SecretString) -> Result<PasswordHash, PasswordError> {
        let (argon, salt) = (Argon2::default(), Salt::generate());
        let output = self.output(&argon, password, &salt)?;
        let params = ParamsString::try_from(argon.params()).map_err(|_| PasswordError::Failed)?;
        let hash = phc::PasswordHash {
            algorithm: Algorithm::default().ident(),
            version: Some(Version::default().into()),
            params,
            salt: Some(salt),
            hash: Some(output),
        };
        Ok(hash.to_string().into())
    }

    /// Returns whether the password has this hash. A hash that cannot be read is of no
    /// password.
    pub(super) fn verify(&mut self, password: &SecretString, hash: &PasswordHash) -> bool {
        let Ok(hash) = phc::PasswordHash::new(hash.as_str()) else {
            return false;
        };
        let (Some(argon), Some(salt), Some(expected)) = (argon_of(&hash), hash.salt, hash.hash)
        else {
            return false;
        };
        let output = self.output(&argon, password, &salt);
        // The comparison takes the same time for every output.
        output.is_ok_and(|output| output == expected)
    }

    fn output(
        &mut self,
        argon: &Argon2<'_>,
        password: &SecretString,
        salt: &Salt,
    ) -> Result<Output, PasswordError> {
        let params = argon.params();
        let mut buffer = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = buffer.get_mut(..length).ok_or(PasswordError::Failed)?;
        let blocks = self.blocks(params.block_count())?;
        let password = password.expose_secret().as_bytes();
        argon
            .hash_password_into_with_memory(password, salt, output, blocks)
            .map_err(|_| PasswordError::Failed)?;
        Output::new(output).map_err(|_| PasswordError::Failed)
    }

    /// Returns that many blocks of a KiB. The memory grows to the most that was needed.
    fn blocks(&mut self, count: usize) -> Result<&mut [Block], PasswordError> {
        let missing = count.saturating_sub(self.0.len());
        self.0
            .try_reserve_exact(missing)
            .map_err(|_| PasswordError::Failed)?;
        self.0.resize(self.0.len() + missing, Block::default());
        Ok(&mut self.0[..count])
    }
}

/// Returns the function and the parameters of a hash.
fn argon_of(hash: &phc::PasswordHash) -> Option<Argon2<'static>> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map(Version::try_from).transpose().ok()?;
    let params = Params::try_from(hash).ok()?;
    Some(Argon2::new(algorithm, version.unwrap_or_default(), params))
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher as _, PasswordVerifier as _};

    use super::*;

    /// The crate's own functions, which allocate, are the reference.
    #[test]
    fn hashes_agree_with_the_crate_in_memory_that_was_used_before() {
        let mut memory = Memory::default();
        let password = SecretString::from("an engine of brass");
        let bytes = password.expose_secret().as_bytes();
        for _ in 0..2 {
            let hash = memory.hash(&password).expect("hashed");
            let verified = Argon2::default().verify_password(bytes, hash.as_str());
            assert_eq!(verified, Ok(()));
        }
        let params = [
            (8_192, 1, 1, None),
            (64, 3, 2, Some(16)),
            (20_480, 1, 1, None),
        ];
        for (algorithm, version) in [
            (Algorithm::Argon2id, Version::V0x13),
            (Algorithm::Argon2i, Version::V0x13),
            (Algorithm::Argon2d, Version::V0x10),
        ] {
            for (memory_cost, passes, lanes, length) in params {
                let params = Params::new(memory_cost, passes, lanes, length).expect("valid");
                let other = Argon2::new(algorithm, version, params);
                let hash = other.hash_password(bytes).expect("hashed").to_string();
                let hash = PasswordHash::from(hash);
                assert!(memory.verify(&password, &hash), "{}", hash.as_str());
                let wrong = SecretString::from("an engine of tin");
                assert!(!memory.verify(&wrong, &hash), "{}", hash.as_str());
            }
        }
    }

    #[test]
    fn memory_is_allocated_once() {
        let mut memory = Memory::default();
        let password = SecretString::from("an engine of brass");
        let hash = memory.hash(&password).expect("hashed");
        let (place, size) = (memory.0.as_ptr(), memory.0.capacity());
        for _ in 0..3 {
            assert!(memory.verify(&password, &hash));
        }
        assert_eq!((memory.0.as_ptr(), memory.0.capacity()), (place, size));
        assert_eq!(size, Params::default().block_count());
    }

    #[test]
    fn hash_that_cannot_be_read_is_of_no_password() {
        let mut memory = Memory::default();
        for hash in [
            "",
            "x",
            "$argon2id$v=19$m=64,t=1,p=1",
            "$bcrypt$v=19$m=64,t=1,p=1$c2FsdHNhbHQ",
        ] {
            let hash = PasswordHash::from(hash.to_owned());
            assert!(!memory.verify(&SecretString::from(""), &hash));
        }
    }
}
