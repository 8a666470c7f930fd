"""What is known of vulnerabilities, as documents that refer to an SBOM (BSI TR-03183-2: never inside it)."""
