"""How secrets of OAuth clients are hashed."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class RandomSecretHasher(PBKDF2PasswordHasher):
    """Hashes secrets of 32 random bytes: nobody guesses one, however fast that is (`inbox.api.keys`).

    With the iterations for passwords each token would cost half a second of a processor.
    """

    algorithm = "pbkdf2_sha256_random"
    iterations = 1
