/* SPDX-License-Identifier: MIT */
/*
 * The lock of src/arena/lock.c and the undo log of src/arena/tx.c, with processes that are killed between any two steps.
 *
 * Each process is utfs_lock_take(), a change of two words under the lock, utfs_lock_drop(); labels and comments name the functions.
 * Memory is sequentially consistent here; the code's barriers make it so where it matters. Two may be killed, one not.
 *
 * Checked: two never hold the lock at the same time; who has it never sees half of a change; nobody sleeps for ever; whoever
 * is not killed gets the lock, given that every process that can go on does so at last.
 *
 * check: : holds
 * check: -DLIVENESS -DPROCS=2: holds
 *
 * A holder is known by a number that others have, too, as a robust mutex knows it by its thread id: the death of a namesake,
 * which may only be waiting, frees the lock.
 * check: -DBROKEN=1: fails with assertion violated .(word_serial==serial|inside==1)
 *
 * A waiter notes the sequence after it has looked at the word, and its sleep has no end: it sleeps through a release.
 * check: -DBROKEN=2: fails with invalid end state
 *
 * Who takes the lock from a dead holder does not look at the undo log.
 * check: -DBROKEN=3: fails with assertion violated ..words.0.==words.1
 */
#ifndef BROKEN
#define BROKEN 0
#endif
#ifndef PROCS
#define PROCS 3
#endif

byte word_serial;     /* utfs_lock.word: serial of the holder, 0: free */
bool word_contended;  /* its lowest bit */
byte sequence;        /* utfs_lock.sequence */
bool alive[PROCS + 1]; /* the byte of the serial is locked */
byte woken;           /* futex wake-ups under way */
byte sleeping;        /* sleepers in FUTEX_WAIT */

/* What the lock guards: two words that must agree, and the log that puts the first one back. */
byte words[2];
byte log_n;
byte log_old[2];

byte inside; /* ghost: how many believe that they hold it */
byte ended;

/* compare-and-swap of the whole word */
inline word_exchange(from_serial, from_contended, to_serial, to_contended, done)
{
	atomic {
		if
		:: word_serial == from_serial && word_contended == from_contended ->
			word_serial = to_serial; word_contended = to_contended; done = true
		:: else -> done = false
		fi
	}
}

/* utfs_tx_rollback(): newest first, the count lowered after each */
inline rollback()
{
	do
	:: log_n > 0 ->
		words[log_n - 1] = log_old[log_n - 1];
		log_n = log_n - 1;
		log_old[log_n] = 0
	:: else -> break
	od
}

/* SIGKILL between any two steps: nothing of what follows happens, the kernel unlocks the byte. */
#define MAY_DIE if :: may_die -> goto died :: true fi

proctype process(byte serial; bool may_die; byte rounds)
{
	byte seen_sequence, seen_serial;
	bool seen_contended, done, dead, from_dead, look;

again:
	if :: rounds == 0 -> goto finished :: else -> rounds = rounds - 1 fi;
	from_dead = false;
	look = true;

	/* utfs_lock_take() */
	word_exchange(0, false, serial, false, done);
	if :: done -> goto taken :: else fi;
lock_wait:
	MAY_DIE;
#if BROKEN != 2
	seen_sequence = sequence;
#endif
	atomic { seen_serial = word_serial; seen_contended = word_contended }
	if
	:: seen_serial == 0 ->
		word_exchange(0, seen_contended, serial, true, done);
		if :: done -> goto taken :: else -> goto lock_wait fi
	:: else
	fi;
	if
	:: look ->
		/* utfs_serial_alive() */
#if BROKEN == 1
		dead = !alive[seen_serial] || !alive[1];
#else
		dead = !alive[seen_serial];
#endif
		if
		:: dead ->
			word_exchange(seen_serial, seen_contended, serial, true, done);
			if :: done -> from_dead = true; goto taken :: else -> look = false; goto lock_wait fi
		:: else
		fi
	:: else
	fi;
	look = false;
	if
	:: !seen_contended ->
		word_exchange(seen_serial, false, seen_serial, true, done);
		if :: done :: else -> goto lock_wait fi
	:: else
	fi;
	MAY_DIE;
#if BROKEN == 2
	seen_sequence = sequence;
#endif
	/* FUTEX_WAIT: the comparison and falling asleep are one step for the kernel. */
	atomic {
		if
		:: sequence != seen_sequence -> goto lock_wait
		:: else -> sleeping = sleeping + 1
		fi
	}
	if
	:: atomic { woken > 0 -> woken = woken - 1; sleeping = sleeping - 1 }
	/* Killed in its sleep, and on being woken: that wake-up is lost. */
	:: atomic { may_die -> sleeping = sleeping - 1; if :: woken > sleeping -> woken = woken - 1 :: else fi } goto died
	:: atomic { may_die && woken > 0 -> woken = woken - 1; sleeping = sleeping - 1 } goto died
#if BROKEN != 2
	/* The slice ends. Only where it matters: while nobody would wake us, or the holder is dead. */
	:: atomic { timeout -> sleeping = sleeping - 1; look = true }
	:: atomic { !alive[word_serial] && word_serial != 0 -> sleeping = sleeping - 1; look = true }
#if BROKEN == 1
	:: atomic { !alive[1] -> sleeping = sleeping - 1; look = true }
#endif
#endif
	fi;
	goto lock_wait;

taken:
	skip;
	/* What is not looked at any more need not be told apart. */
	d_step { seen_sequence = 0; seen_serial = 0; seen_contended = false; done = false; dead = false; look = false }
	inside = inside + 1;
	assert(inside == 1);
	/* event_mutex_take(): from the dead, or over a log that is not empty: utfs_tx_recover() */
#if BROKEN != 3
	if
	:: from_dead || log_n > 0 -> MAY_DIE; rollback()
	:: else
	fi;
#endif
	assert(words[0] == words[1] && log_n == 0);
	MAY_DIE;
	/* utfs_tx_set(), twice */
	log_old[0] = words[0]; MAY_DIE;
	log_n = 1; MAY_DIE;
	words[0] = 1 - words[0]; MAY_DIE;
	log_old[1] = words[1];
	log_n = 2; MAY_DIE;
	words[1] = 1 - words[1]; MAY_DIE;
	/* utfs_tx_checkpoint() */
	d_step { log_n = 0; log_old[0] = 0; log_old[1] = 0 }
	MAY_DIE;

	/* utfs_lock_drop() */
	inside = inside - 1;
	atomic { assert(word_serial == serial); seen_contended = word_contended; word_serial = 0; word_contended = false }
	if
	:: seen_contended ->
		MAY_DIE;
		sequence = 1 - sequence;
		MAY_DIE;
		/* FUTEX_WAKE of one */
		atomic { if :: sleeping > woken -> woken = woken + 1 :: else fi }
	:: else
	fi;
	seen_contended = false;
	goto again;

died:
	/* What it believed to hold, the next one takes. */
	atomic {
		if :: word_serial == serial && inside > 0 -> inside = inside - 1 :: else fi;
		alive[serial] = false;
	}
finished:
	ended = ended + 1
}

init
{
	atomic {
		alive[1] = true; alive[2] = true;
		run process(1, true, 1);
#if PROCS == 2
		run process(2, false, 2);
#else
		alive[3] = true;
		run process(2, true, 1);
		run process(3, false, 2);
#endif
	}
}

#ifdef LIVENESS
/* Whoever is not killed gets what it wants. */
ltl all_end { <> (ended == PROCS) }
#endif
