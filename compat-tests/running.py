"""The program under test at work on a configuration, for the scripts of the folders here."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as probe:
        return probe.getsockname()[1]


class RunningProgram:
    """HAPROXY_PROGRAM, started with the configuration `text`, once `port` takes connections; until stop()."""

    def __init__(self, text, port):
        self.path = os.environ['HAPROXY_PROGRAM']
        self.folder = tempfile.mkdtemp(prefix='running.')
        self.port = port
        file = os.path.join(self.folder, 'conf')
        with open(file, 'w') as out:
            out.write(text)
        self.output = open(os.path.join(self.folder, 'out'), 'w+')
        self.process = subprocess.Popen([self.path, '-db', '-f', file], stdout=self.output, stderr=subprocess.STDOUT)
        limit = time.monotonic() + 10
        while time.monotonic() < limit and self.alive():
            try:
                socket.create_connection(('127.0.0.1', port)).close()
                break
            except OSError:
                time.sleep(0.05)

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        """Ends it, by force if need be; returns what it has said."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.seek(0)
        said = self.output.read()
        self.output.close()
        shutil.rmtree(self.folder)
        return said
