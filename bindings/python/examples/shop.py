# SPDX-License-Identifier: MIT
"""A shop that is slow now and then: which customers waited, and where."""

import logging
import time

import utracefs
import utracefs.log

order = utracefs.Event("shop", "order", "int number; char[] customer; double price", '"%d by %s", REC->number, __get_str(customer)')
serve = utracefs.Scope("shop", "serve", "int number")
log = logging.getLogger("shop")


@utracefs.traced(system="shop")
def look_for(number):
    """Some things are far away."""
    time.sleep(0.03 if number == 7 else 0.001)


def main():
    """Ten customers."""
    log.addHandler(utracefs.log.Handler(system="shop"))
    for number in range(10):
        with serve(number):
            order(number, customer=f"customer {number}", price=1.5 * number)
            look_for(number)
    log.warning("closed after %d orders", number + 1)


if __name__ == "__main__":
    main()
