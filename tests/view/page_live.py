# SPDX-License-Identifier: MIT
"""The viewer's page while programs record."""
import os
import signal
import subprocess

from browser import expect, text, wheel, window


def shop(command, requests, pause_us=50):
    subprocess.run([command, str(requests), '4', str(pause_us)], check=True)


def check_empty(browser):
    browser.until('it is there', 'window.utracefs && utracefs.state.info')
    expect('nothing yet', '0 events', text(browser, '#summary').split(' \u00b7 ')[0])
    expect('it follows', [True, 'true'], browser.run(
        "const f = document.getElementById('follow'); return [f.checkVisibility(), f.getAttribute('aria-pressed')]"))


def check_follow(browser, command):
    shop(command, 40)
    browser.until('events come', 'utracefs.state.drawn && utracefs.state.drawn.events === 162')
    shop(command, 40)
    browser.until('more of them, and all are in view', 'utracefs.state.drawn.events === 324')
    wheel(browser, 300, 40, -600)
    expect('who zooms does not follow', 'false', browser.run("return document.getElementById('follow').getAttribute('aria-pressed')"))
    before = window(browser)
    shop(command, 40)
    browser.until('others come', 'utracefs.state.info.events === 486')
    expect('and what is in view stays', before, window(browser))
    browser.driver.find_element('id', 'follow').click()
    browser.until('the newest are in view', 'utracefs.state.to >= utracefs.state.info.end')
    length = before[1] - before[0]
    shop(command, 40)
    browser.until('and stay there', 'utracefs.state.info.events === 648 && utracefs.state.to >= utracefs.state.info.end')
    expect('as much as before', True, abs(window(browser)[1] - window(browser)[0] - length) < 1e-6 * length)


def check_dropped(browser, command):
    browser.driver.find_element('id', 'fit').click()
    shop(command, 200)
    browser.until('all of them', 'utracefs.state.info.events + utracefs.state.info.dropped === 1458')
    expect('the oldest made way', True, 'the oldest 500 made way' in text(browser, '#summary'))
    browser.until('what is left is drawn', 'utracefs.state.drawn.events === 958')
    expect('by thread', True, all(n in text(browser, '#labels') for n in ['worker-0', 'worker-3']))


def check_live(browser, address, command, viewer):
    """The viewer keeps 1000 events; it is a process, which is ended."""
    browser.driver.get(address)
    check_empty(browser)
    check_follow(browser, command)
    check_dropped(browser, command)
    expect('nothing went wrong while it was live', [], browser.errors())
    os.kill(viewer, signal.SIGINT)
    browser.until('the page says that it is over', "document.getElementById('summary').textContent.startsWith('The server has ended')")
