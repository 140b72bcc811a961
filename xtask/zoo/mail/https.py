"""Serves a folder over https: ADDRESS CERT KEY FOLDER."""

import functools
import http.server
import ssl
import sys

address, cert, key, folder = sys.argv[1:]
http.server.SimpleHTTPRequestHandler.extensions_map[".txt"] = "text/plain"
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
server = http.server.ThreadingHTTPServer((address, 443), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
