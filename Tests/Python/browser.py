"""A real browser, headless, spoken to over its debugging pipe: no driver and no network."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

PROGRAMS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def program():
    """The browser's path, or nothing."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class Browser:
    """One page of a browser, and everything it complained about."""

    def __init__(self):
        self.scratch = tempfile.mkdtemp(prefix="browser-")
        ours_out, theirs_in = os.pipe()[::-1]
        theirs_out_read, theirs_out = os.pipe()
        self.write_end, self.read_end = ours_out, theirs_out_read

        def as_three_and_four():
            # The descriptors may be 3 or 4 themselves, so both move out of the way first.
            one, two = os.dup2(theirs_in, 103), os.dup2(theirs_out, 104)
            os.dup2(one, 3)
            os.dup2(two, 4)

        self.process = subprocess.Popen(
            [program(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             f"--user-data-dir={self.scratch}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=as_three_and_four, close_fds=False)
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise AssertionError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _read(self):
        while b"\0" not in self.buffer:
            part = os.read(self.read_end, 1 << 20)
            if not part:
                raise AssertionError("the browser went away")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def open(self, path, *, width, dark=False, media=""):
        """Shows a file, or what an address of a server answers; everything said before is forgotten."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=path if str(path).startswith("http:") else pathlib.Path(path).resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def complaints(self):
        """What the console, the log and the page's own policy had to say."""
        self.evaluate("1")
        names = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        return [event for event in self.events if event.get("method") in names]

    def requests(self):
        """What was asked for beside the page itself."""
        urls = [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]
        return [url for url in urls[1:] if not url.startswith("data:")]

    def overflowing(self):
        """The elements that stick out of the page, but for what lies in a box that scrolls."""
        return self.evaluate("""
            (() => {
              const width = document.documentElement.clientWidth, found = [];
              if (document.documentElement.scrollWidth > width) found.push('the page: ' + document.documentElement.scrollWidth);
              for (const element of document.querySelectorAll('body *')) {
                if (element.closest('.scroll') && !element.matches('.scroll')) continue;
                const box = element.getBoundingClientRect();
                if (box.width && (box.right > width + 0.5 || box.left < -0.5))
                  found.push(element.tagName + '.' + (element.className.baseVal ?? element.className) + ' ' + box.left + '..' + box.right);
              }
              for (const svg of document.querySelectorAll('figure > svg')) {
                const box = svg.getBoundingClientRect();
                for (const text of svg.querySelectorAll('text')) {
                  const inner = text.getBoundingClientRect();
                  if (inner.left < box.left - 1 || inner.right > box.right + 1 || inner.bottom > box.bottom + 1 || inner.top < box.top - 1)
                    found.push('text "' + text.textContent + '" leaves its chart');
                }
              }
              return found;
            })()""")

    def screenshot(self, path):
        """Writes the whole page as a PNG."""
        height = self.evaluate("document.documentElement.scrollHeight")
        width = self.evaluate("document.documentElement.clientWidth")
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": width, "height": height, "scale": 1})["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
        return path
