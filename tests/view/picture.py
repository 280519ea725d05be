# SPDX-License-Identifier: MIT
"""A picture of the viewer's page, at its slowest request: picture.py ADDRESS FILE [dark]."""
import sys

from browser import Browser


def main():
    browser = Browser(1280, 800, dark='dark' in sys.argv[3:])
    try:
        browser.driver.get(sys.argv[1])
        browser.until('latencies', 'window.utracefs && utracefs.state.latency && utracefs.state.drawn')
        browser.run("document.querySelector('.slowest button').click()")
        browser.until('the slowest is selected', 'utracefs.state.selected')
        browser.run("""for (let i = 0; i < 3; i++) document.getElementById('zoom-out').click()""")
        browser.settle()
        browser.driver.save_screenshot(sys.argv[2])
    finally:
        browser.close()


main()
