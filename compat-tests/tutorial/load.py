#!/usr/bin/env python3
"""Requests without a pause until the file STOP exists: on new connections and on kept ones. A connection that the proxy
closes between two requests is opened again, as browsers do; anything else that goes wrong is a failed request.

usage: load.py ADDRESS PORT STOP
prints: REQUESTS FAILED, and the first few reasons
"""
import http.client
import os
import sys
import threading

address, port, stop = sys.argv[1], int(sys.argv[2]), sys.argv[3]
count = [0] * 6
reasons = []


def one(connection, headers):
    connection.request('GET', '/load', headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or b'<h1>192.168.0.1' not in body:
        raise OSError(f'status {response.status}')


def kept(index):
    connection = None
    while not os.path.exists(stop):
        fresh = connection is None
        connection = connection or http.client.HTTPConnection(address, port, timeout=10)
        try:
            one(connection, {})
            count[index] += 1
            if connection.sock is None:
                connection = None
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            if fresh:
                reasons.append(repr(error))
            connection = None
        except Exception as error:
            reasons.append(repr(error))
            connection = None


def fresh(index):
    while not os.path.exists(stop):
        connection = http.client.HTTPConnection(address, port, timeout=10)
        try:
            one(connection, {'Connection': 'close'})
            count[index] += 1
        except Exception as error:
            reasons.append(repr(error))
        connection.close()


threads = [threading.Thread(target=kept if i % 2 else fresh, args=(i,)) for i in range(len(count))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(count), len(reasons), *reasons[:3])
