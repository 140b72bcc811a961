"""Versions, suites and flaws of a host by sslyze, as JSON: host, address."""
import json
import sys

from sslyze import ScanCommand, Scanner, ServerNetworkLocation, ServerScanRequest

host, address = sys.argv[1:3]
suites = {
    "SSL 3.0": ScanCommand.SSL_3_0_CIPHER_SUITES,
    "TLS 1.0": ScanCommand.TLS_1_0_CIPHER_SUITES,
    "TLS 1.1": ScanCommand.TLS_1_1_CIPHER_SUITES,
    "TLS 1.2": ScanCommand.TLS_1_2_CIPHER_SUITES,
    "TLS 1.3": ScanCommand.TLS_1_3_CIPHER_SUITES,
}
more = {ScanCommand.TLS_COMPRESSION, ScanCommand.SESSION_RENEGOTIATION, ScanCommand.HEARTBLEED, ScanCommand.CERTIFICATE_INFO}
scanner = Scanner()
scanner.queue_scans([ServerScanRequest(server_location=ServerNetworkLocation(hostname=host, ip_address=address), scan_commands=set(suites.values()) | more)])
out = {}
for result in scanner.get_results():
    found = result.scan_result
    if found is None:
        out["error"] = "no connection"
        continue
    for name, command in suites.items():
        attempt = getattr(found, command.value)
        out[name] = [c.cipher_suite.name for c in attempt.result.accepted_cipher_suites] if attempt.result else None
    if found.tls_compression.result:
        out["compression"] = found.tls_compression.result.supports_compression
    if found.session_renegotiation.result:
        out["secure_renegotiation"] = found.session_renegotiation.result.supports_secure_renegotiation
    if found.heartbleed.result:
        out["heartbleed"] = found.heartbleed.result.is_vulnerable_to_heartbleed
print(json.dumps(out))
