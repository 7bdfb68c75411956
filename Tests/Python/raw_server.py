"""A server that answers every connection with given bytes, whatever was asked: for answers that no proper server gives."""
import contextlib
import socket
import threading


def answer(body, status=b"200 OK", headers=()):
    """An HTTP answer."""
    lines = [b"HTTP/1.1 " + status, b"Connection: close", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextlib.contextmanager
def serve(reply):
    """The endpoint of a server. `reply` is bytes, or a function of the request's bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                request = connection.recv(65536)
                connection.sendall(reply(request) if callable(reply) else reply)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
