# SPDX-License-Identifier: MIT
"""A browser without a window, as the viewer's tests and pictures use it."""
import shutil
import sys
import tempfile
import time

FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--hide-scrollbars']


def skip(reason):
    print(reason)
    sys.exit(77)


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    skip('python3-selenium is not installed')


class Browser:
    """Chromium with a profile of its own, which goes with it."""

    def __init__(self, width=1280, height=800, dark=False):
        self.profile = tempfile.mkdtemp()
        chromium, chromedriver = shutil.which('chromium'), shutil.which('chromedriver')
        if not chromium or not chromedriver:
            skip('chromium or chromedriver is not installed')
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in FLAGS + ['--user-data-dir=' + self.profile, f'--window-size={width},{height}']:
            options.add_argument(flag)
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        self.driver = webdriver.Chrome(service=Service(chromedriver), options=options)
        self.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
                                    {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False})
        if dark:
            emulate_scheme(self, 'dark')

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, what, script, seconds=30):
        """Waits until a script's value is true."""
        end = time.monotonic() + seconds
        while not self.run(f'return Boolean({script})'):
            if time.monotonic() > end:
                raise AssertionError(f'never: {what} ({script})')
            time.sleep(0.05)

    def settle(self):
        """Waits until the picture is that of what is in view now."""
        self.until('a picture of what is in view', """(s => s.drawn && s.drawn.from <= Math.max(s.from, 0) && s.drawn.bins * (s.to - s.from)
            >= 0.4 * (s.drawn.to - s.drawn.from) * document.querySelector('#stage canvas').clientWidth)(utracefs.state)""")

    def errors(self):
        return [entry['message'] for entry in self.driver.get_log('browser') if entry['level'] == 'SEVERE']


failures = []


def expect(what, wanted, got):
    if wanted == got:
        print('ok -', what)
    else:
        failures.append(what)
        print(f'not ok - {what}: wanted {wanted!r}, got {got!r}')


def window(browser):
    return browser.run('return [utracefs.state.from, utracefs.state.to]')


def text(browser, selector):
    return browser.driver.find_element('css selector', selector).text


def touch(browser, kind, *points):
    """Fingers on the timeline: all that are down, as (x, y)."""
    left, top = browser.run("const box = document.querySelector('#stage canvas').getBoundingClientRect(); return [box.left, box.top]")
    browser.driver.execute_cdp_cmd('Input.dispatchTouchEvent', {
        'type': kind, 'touchPoints': [{'x': left + x, 'y': top + y, 'id': i} for i, (x, y) in enumerate(points)]})


def emulate_scheme(browser, scheme):
    browser.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [{'name': 'prefers-color-scheme', 'value': scheme}]})


def wheel(browser, x, y, delta, shift=False, ctrl=False):
    browser.run("""const canvas = document.querySelector('#stage canvas'), box = canvas.getBoundingClientRect();
        canvas.dispatchEvent(new WheelEvent('wheel', { clientX: box.left + arguments[0], clientY: box.top + arguments[1], deltaY: arguments[2],
            shiftKey: arguments[3], ctrlKey: arguments[4], bubbles: true, cancelable: true }));""", x, y, delta, shift, ctrl)
