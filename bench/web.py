# SPDX-License-Identifier: MIT
"""A web server and four clients in one process: sockets, threads and locks for scripts/bench. Argument: requests of each client."""
import http.client
import http.server
import sys
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"hello " * 100
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


def ask(port, requests):
    for _ in range(requests):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever).start()
clients = [threading.Thread(target=ask, args=(server.server_address[1], int(sys.argv[1]))) for _ in range(4)]
for client in clients:
    client.start()
for client in clients:
    client.join()
server.shutdown()
server.server_close()
