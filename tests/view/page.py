# SPDX-License-Identifier: MIT
"""The viewer's page in a real browser: page.py ADDRESS EVENTS LOSSY COUNTS LIVE PID SHOP. LOSSY, COUNTS: the addresses of a recording of which events
were lost, and of one whose times are no ns; LIVE, PID: of a viewer that records, see page_live.py. What is drawn is asked of the page's state, and of its pixels and texts."""
import sys

from browser import Browser, emulate_scheme, expect, failures, text, touch, wheel, window
from page_live import check_live
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select


def shown(browser):
    browser.settle()
    return browser.run('return utracefs.state.drawn.events')


def press(browser, key):
    browser.driver.find_element(By.CSS_SELECTOR, '#stage canvas').send_keys(key)


def apply_filter(browser, filter_text):
    field = browser.driver.find_element(By.ID, 'filter')
    field.clear()
    field.send_keys(filter_text + Keys.ENTER)


def row_of(browser, name):
    """The middle of a thread's row, in the canvas."""
    return browser.run("""const row = utracefs.state.rows.find(r => !r.isHead && r.thread.name === arguments[0]);
        return row.top - utracefs.state.scroll + row.height - 8;""", name)


def check_timeline(browser, events):
    expect('all events are drawn', events, shown(browser))
    expect('with each thread by name', True, all(n in text(browser, '#labels') for n in ['worker-0', 'worker-3', 'warehouse']))
    colors = browser.run("""const c = document.querySelector('#stage canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, s = new Set();
        for (let i = 0; i < d.length; i += 4) s.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); return s.size""")
    expect('in colours', True, colors > 5)
    browser.until('rates', 'utracefs.rates()')
    expect('the rates count all of them', events, browser.run(
        'return utracefs.rates().types.reduce((n, t) => n + t.counts.reduce((a, b) => a + b, 0), 0)'))


def check_zoom(browser, events):
    begin, end = window(browser)
    # Around an event, so that there is something to see: how they lie in the time is the machine's affair.
    x = browser.driver.execute_async_script("""const [id, done] = arguments;
        fetch('api/event?id=' + id).then((answer) => answer.json()).then((event) => done(Math.round(utracefs.pixelOf(event.time))))""", events // 2)
    wheel(browser, x, 40, -600)
    after = window(browser)
    expect('the wheel zooms', True, after[1] - after[0] < 0.5 * (end - begin))
    expect('and what is under the pointer stays', True,
           abs(browser.run('return utracefs.pixelOf(arguments[0])', begin + (end - begin) * x / browser.run(
               "return document.querySelector('#stage canvas').clientWidth")) - x) < 1)
    expect('less is drawn', True, 0 < shown(browser) < events)
    wheel(browser, x, 40, 200, True)
    expect('shift pans', True, window(browser)[0] > after[0])
    before = window(browser)
    canvas = browser.driver.find_element(By.CSS_SELECTOR, '#stage canvas')
    ActionChains(browser.driver).move_to_element_with_offset(canvas, 0, 0).click_and_hold().move_by_offset(120, 0).release().perform()
    expect('a drag pans', True, window(browser)[0] < before[0])
    expect('by as much', True, abs((before[0] - window(browser)[0]) / (before[1] - before[0]) * browser.run(
        "return document.querySelector('#stage canvas').clientWidth") - 120) < 2)
    expect('and selects nothing', None, browser.run('return utracefs.state.selected'))
    before = window(browser)
    press(browser, 'w')
    expect('w zooms in', True, window(browser)[1] - window(browser)[0] < before[1] - before[0])
    press(browser, Keys.ARROW_RIGHT)
    press(browser, 's')
    press(browser, '0')
    expect('0 shows all of it', [begin, end], window(browser))
    expect('all events again', events, shown(browser))


def check_touch(browser):
    def is_at(pixel):
        return f'Math.abs(utracefs.pixelOf({time}) - {pixel}) < 0.5'

    browser.driver.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': True, 'maxTouchPoints': 2})
    all_of_it = window(browser)
    time = browser.run("""const s = utracefs.state; return s.from + 300 * (s.to - s.from) / document.querySelector('#stage canvas').clientWidth""")
    touch(browser, 'touchStart', (200, 40), (400, 40))
    touch(browser, 'touchMove', (100, 40), (500, 40))
    # What fingers do comes with the next frame.
    browser.until('two fingers zoom', f'Math.abs((utracefs.state.to - utracefs.state.from) / {all_of_it[1] - all_of_it[0]} - 0.5) < 0.001')
    browser.until('what is between them stays', is_at(300))
    touch(browser, 'touchMove', (160, 40), (560, 40))
    browser.until('or goes with them', is_at(360))
    touch(browser, 'touchEnd')
    touch(browser, 'touchStart', (200, 40))
    touch(browser, 'touchMove', (300, 40))
    touch(browser, 'touchEnd')
    browser.until('one finger pans', is_at(460))
    expect('none of them selects', None, browser.run('return utracefs.state.selected'))
    y = row_of(browser, 'worker-2')
    touch(browser, 'touchStart', (200, y))
    touch(browser, 'touchEnd')
    browser.until('a tap does', 'utracefs.state.selected')
    expect('of the row', 'worker-2', browser.run('return utracefs.state.info.threads.find(t => t.id === utracefs.state.selected.thread).name'))
    browser.driver.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': False})
    press(browser, Keys.ESCAPE)
    begin, end = window(browser)
    wheel(browser, 300, 40, -100, ctrl=True)
    expect('a pinch on a touchpad zooms by what it says', True, abs((end - begin) / (window(browser)[1] - window(browser)[0]) - 2.71828) < 0.001)
    press(browser, '0')


# Of each pair of colours that text is made of.
CONTRASTS = """const style = getComputedStyle(document.documentElement);
    const luminance = (name) => [1, 3, 5].map((at) => parseInt(style.getPropertyValue('--' + name).trim().slice(at, at + 2), 16) / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    return [['ink', 'ground'], ['ink', 'page'], ['ink', 'head'], ['ink', 'faint'], ['ink', 'field'], ['soft', 'ground'], ['soft', 'page'], ['wrong', 'ground'],
        ['wrong', 'page'], ['accent', 'ground'], ['ground', 'accent'], ['ground', 'wrong']].filter(([text, ground]) => {
        const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05) < 4.5;
    })"""


def check_dark(browser):
    ground = """document.querySelector('#stage canvas').getContext('2d').getImageData(0, 0, 1, 1).data[0]"""
    for scheme, is_seen in [('dark', f'{ground} < 80'), ('light', f'{ground} > 200')]:
        emulate_scheme(browser, scheme)
        browser.until(f'the timeline is {scheme}', is_seen)
        expect('and the page', scheme == 'dark', browser.run("return parseInt(getComputedStyle(document.body).backgroundColor.slice(4)) < 80"))
        expect('its controls as well', scheme == 'dark', browser.run("return parseInt(getComputedStyle(document.getElementById('filter')).backgroundColor.slice(4)) < 80"))
        expect('texts can be read', [], browser.run(CONTRASTS))


def check_select(browser):
    y = row_of(browser, 'worker-1')
    canvas = browser.driver.find_element(By.CSS_SELECTOR, '#stage canvas')
    size = canvas.size
    ActionChains(browser.driver).move_to_element_with_offset(canvas, 200 - size['width'] // 2, int(y) - size['height'] // 2).click().perform()
    browser.until('an event is selected', 'utracefs.state.selected')
    expect('it is of the row', 'worker-1', browser.run(
        'return utracefs.state.info.threads.find(t => t.id === utracefs.state.selected.thread).name'))
    expect('with its name', True, 'shop:' in text(browser, '#event'))
    expect('and its fields', True, text(browser, '#event table').find('id') >= 0)
    first = browser.run('return utracefs.state.selected.id')
    press(browser, 'n')
    browser.until('the next one', f'utracefs.state.selected.id > {first}')
    press(browser, 'p')
    browser.until('the previous one', f'utracefs.state.selected.id === {first}')
    press(browser, 'f')
    begin, end = window(browser)
    time = browser.run('return utracefs.state.selected.time')
    expect('f zooms to it', True, begin < time < end and abs((begin + end) / 2 - time) < (end - begin) / 10)
    press(browser, '0')
    press(browser, Keys.ESCAPE)
    expect('Escape selects nothing', None, browser.run('return utracefs.state.selected'))


def check_filter(browser, events):
    apply_filter(browser, 'status == 500')
    browser.until('filtered', "utracefs.state.filter === 'status == 500'")
    browser.until('less is drawn', 'utracefs.state.drawn.events === 6')
    expect('and counted', f'6 of {events:,} events', text(browser, '#filter-note'))
    apply_filter(browser, 'status == ')
    browser.until('a mistake', "document.getElementById('filter-note').className === 'wrong'")
    expect('with a caret under it', 'status ==\n         ^ Invalid value (did you forget quotes)?',
           browser.run("return document.getElementById('filter-note').textContent"))
    expect('and the last one stays', 'status == 500', browser.run('return utracefs.state.filter'))
    browser.driver.find_element(By.ID, 'filter-clear').click()
    browser.until('all are drawn again', f'utracefs.state.drawn.events === {events}')


def check_types(browser, events):
    browser.run("""[...document.querySelectorAll('#types li')].find(li => li.textContent.includes('shop:parcel')).querySelector('input').click()""")
    browser.until('a type is hidden', f'utracefs.state.drawn.events === {events - 75}')
    browser.run("""[...document.querySelectorAll('#types li')].find(li => li.textContent.includes('shop:parcel')).querySelector('button').click()""")
    browser.until('only that', 'utracefs.state.drawn.events === 75')
    browser.run("""[...document.querySelectorAll('#types li')].find(li => li.textContent.includes('shop:parcel')).querySelector('button').click()""")
    browser.until('all of them', f'utracefs.state.drawn.events === {events}')


def check_latency(browser):
    expect('a pair suggests itself', ['shop:request_begin', 'shop:request_end', 'id'], [
        Select(browser.driver.find_element(By.ID, name)).first_selected_option.text for name in ['pair-begin', 'pair-end', 'pair-field']])
    browser.until('its latencies', 'utracefs.state.latency && utracefs.state.latency.count === 300')
    expect('each bar has its pairs', 300, browser.run('return utracefs.state.latency.classes.reduce((n, c) => n + c[2], 0)'))
    expect('a bar for each class', True, browser.run(
        "return document.querySelectorAll('#latency rect.bar').length === utracefs.state.latency.classes.length"))
    Select(browser.driver.find_element(By.ID, 'pair-begin')).select_by_visible_text('shop:db_query_begin')
    Select(browser.driver.find_element(By.ID, 'pair-end')).select_by_visible_text('shop:db_query_end')
    browser.until('those of another pair', 'utracefs.state.latency && utracefs.state.latency.count === 240')
    browser.until('which are drawn', 'utracefs.state.drawn.spans > 0')
    slowest = browser.run('return utracefs.state.latency.slowest[0]')
    browser.driver.find_element(By.CSS_SELECTOR, '.slowest button').click()
    browser.until('the slowest is selected', f"utracefs.state.selected && utracefs.state.selected.id === {slowest['id']}")
    begin, end = window(browser)
    expect('and in view', True, begin <= slowest['begin'] and slowest['end'] <= end)
    press(browser, '0')


def check_lossless(browser):
    expect('no event was lost', [True, True], browser.run(
        "return [document.getElementById('losses').hidden, !document.getElementById('summary').textContent.includes('lost')]"))


def pixel(browser, canvas, x, y):
    return browser.run('''return [...document.querySelector(arguments[0]).getContext('2d').getImageData(arguments[1], arguments[2], 1, 1).data]''', canvas, int(x), y)


def check_lossy(browser, address):
    browser.driver.get(address)
    browser.until('where events are missing', 'window.utracefs && utracefs.losses() && utracefs.rates() && utracefs.state.drawn')
    browser.settle()
    lost = browser.run('return utracefs.state.info.lost')
    expect('how many', True, (f'{lost:,} events lost' if lost else 'some events lost') in text(browser, '#summary'))
    gap = browser.run('return utracefs.losses().gaps.find(gap => gap.begin)')
    middle = browser.run('return utracefs.pixelOf(arguments[0])', (gap['begin'] + gap['end']) / 2)
    expect('the gap has a colour', [255, True], [pixel(browser, '#losses canvas', middle, 2)[3], pixel(browser, '#rates canvas', middle, 2)[3] > 0])
    after = browser.run('return utracefs.pixelOf((Math.max(...utracefs.losses().gaps.map(gap => gap.end)) + utracefs.state.info.end) / 2)')
    expect('the rest has none', [0, 0], [pixel(browser, '#losses canvas', after, 2)[3], pixel(browser, '#rates canvas', after, 2)[3]])
    browser.until('the rate is a lower bound', "document.getElementById('rates-label').textContent.startsWith('\u2265 ')")
    canvas = browser.driver.find_element(By.CSS_SELECTOR, '#stage canvas')
    ActionChains(browser.driver).move_to_element_with_offset(canvas, int(middle) - canvas.size['width'] // 2, 40 - canvas.size['height'] // 2).perform()
    expect('what is pointed at says so', True, f"lost on CPU {gap['cpu']}" in text(browser, '#tip'))
    for name, value in [('pair-begin', 'shop:request_end'), ('pair-end', 'shop:request_begin'), ('pair-field', 'id')]:
        Select(browser.driver.find_element(By.ID, name)).select_by_visible_text(value)
    browser.until('pairs across a gap are not counted', "/[0-9]+ more pairs? not counted/.test(document.getElementById('latency').textContent)")


def check_rest(browser):
    press(browser, '?')
    expect('? helps', True, browser.run("return document.getElementById('help').open"))
    browser.driver.find_element(By.CSS_SELECTOR, '#help button').click()
    unnamed = browser.run("""return [...document.querySelectorAll('button, input, select, canvas')].filter(e => !e.closest('dialog') && !(e.ariaLabel ||
        e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)""")
    expect('every control has a name', [], unnamed)
    for width, height in [(1280, 800), (600, 700)]:
        browser.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False})
        browser.settle()
        expect(f'{width} pixels are wide enough', True, browser.run('return document.documentElement.scrollWidth <= window.innerWidth'))
    expect('nothing went wrong', [], [e for e in browser.errors() if '400' not in e])
    expect('nothing came from elsewhere', True, browser.run(
        'return performance.getEntriesByType("resource").every(e => e.name.startsWith(location.href))'))


def check_counts(browser, address):
    """A recording whose times are no ns."""
    browser.driver.get(address)
    browser.until('it is loaded', 'window.utracefs && utracefs.state.drawn')
    expect('what times are is said', True, "times are counts of the clock 'counter', not ns" in text(browser, '#summary'))
    browser.until('rates', 'utracefs.rates()')
    for what, where in [('axis', '#axis'), ('range', '#range')]:
        expect(f'no unit of time: {what}', [], [w for w in text(browser, where).split() if w in ('s', 'ms', '\u00b5s', 'ns')])
    browser.until('rates are by count', "document.getElementById('rates-label').textContent.endsWith(' events/count')")


def main():
    address, events, lossy, counts = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    live, viewer, command = sys.argv[5], int(sys.argv[6]), sys.argv[7]
    browser = Browser()
    try:
        browser.driver.get(address)
        browser.until('it is loaded', 'window.utracefs && utracefs.state.drawn')
        check_timeline(browser, events)
        check_zoom(browser, events)
        check_touch(browser)
        check_select(browser)
        check_dark(browser)
        check_filter(browser, events)
        check_types(browser, events)
        check_latency(browser)
        check_lossless(browser)
        check_rest(browser)
        check_lossy(browser, lossy)
        check_counts(browser, counts)
        check_live(browser, live, command, viewer)
    finally:
        browser.close()
    sys.exit(1 if failures else 0)


main()
