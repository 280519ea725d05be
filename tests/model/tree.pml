/* SPDX-License-Identifier: MIT */
/*
 * Directories that come and go under their users: a mount with its kernel locks and caches, a command that works behind its
 * back and may be killed, open files and their pins, a mount on an instance, an event that is removed, the thread that tells
 * the kernel what has gone. Inline names are the code's; the kernel's are vfs_*.
 *
 * Locks, in their order: directory (the kernel's inode lock of instances/, held for a whole request), victim (that of an
 * instance's directory), handle, event_mutex, reader. How event_mutex works and how it is taken from the dead is lock.pml's.
 *
 * Checked: no deadlock; what an open file leads to is there (no use of a removed node, no lost pin); rmdir removes what was
 * looked up and nothing else; a mount on an instance keeps rmdir through the mount away; half of a change is never seen, whoever
 * is killed; in the end the kernel's cache holds no name that has gone.
 *
 * Who is there is chosen by options, so that each check takes seconds: MOUNT (mkdir and rmdir through the mount), OPENER, MOUNTER,
 * COMMAND, EVENTS (one who enables, one who removes), RESIZER.
 *
 * check: -DMOUNT -DMOUNTER -DCOMMAND: holds
 * check: -DMOUNT -DOPENER -DCOMMAND: holds
 * check: -DMOUNT -DOPENER -DMOUNTER -DCOMMAND: holds
 * check: -DOPENER -DEVENTS -DRESIZER: holds
 *
 * The kernel's tracefs: mkdir and rmdir let go of the directory's lock and the victim's, then go by the name.
 * check: -DMOUNT -DCOMMAND -DDROPS_LOCKS: fails with assertion violated removed_is_looked_up
 * check: -DMOUNT -DMOUNTER -DDROPS_LOCKS: fails with assertion violated .*!.mounted
 *
 * An open that lets go of event_mutex between the look and the pin.
 * check: -DMOUNT -DOPENER -DPINS_LATER: fails with assertion violated live.serial.
 *
 * A value that is stored after a look under the lock, not by one.
 * check: -DEVENTS -DLOOKS_ONCE: fails with assertion violated event_live
 *
 * A notification from a request's thread.
 * check: -DMOUNT -DNOTIFIES_IN_REQUEST: fails with invalid end state
 *
 * A reader that asks for event_mutex with its reader mutex in the hand.
 * check: -DOPENER -DRESIZER -DWRONG_ORDER: fails with invalid end state
 *
 * A command that is killed, and nobody who looks at what it left.
 * check: -DCOMMAND -DOPENER -DNO_UNDO: fails with assertion violated ..instance==0
 */

/* Serials: never used again. 0: none. */
#define SERIALS 4
byte instance = 1;        /* the serial that the name leads to in the arena */
bool live[SERIALS] = 0;   /* the slot's word: utfs_instance.serial is this one */
byte next_serial = 2;
byte pins[SERIALS];       /* of those who cannot be killed here */
byte dentry = 1;          /* what the kernel believes the name to be; 0: it would ask */
bool mounted = false;     /* something is mounted on the name's dentry */
bool dead_dentry = false; /* rmdir has made it unfit to be mounted on (vfs: dont_mount) */

bool event_live = true;
bool event_enabled = false;

/* The log of the one change under way: what instance was, and whether there is something. */
bool log_used = false;
byte log_instance, log_gained, log_lost;

chan changes = [4] of {byte}; /* serials that have gone, committed, not told yet */
byte uncommitted = 0;
bool telling = false;

bool directory, victim, handle, event_mutex, reader; /* locks */
bool holder_died = false;
byte done = 0;

#define take(lock) atomic { !lock -> lock = true }
#define drop(lock) lock = false

/* SIGKILL, for who is mortal here: what it holds is left as it is. */
#define MAY_DIE if :: mortal -> holder_died = true; goto died :: true fi

/* utfs_tx_begin(): also from the dead, whose change is put back */
inline utfs_tx_begin()
{
	atomic {
		!event_mutex || holder_died -> event_mutex = true;
#ifndef NO_UNDO
		if
		:: holder_died && log_used ->
			instance = log_instance;
			live[log_gained] = false;
			if :: log_lost != 0 -> live[log_lost] = true :: else fi
		:: else
		fi;
#endif
		log_used = false; log_instance = 0; log_gained = 0; log_lost = 0; uncommitted = 0;
		holder_died = false
	}
	/* What everybody may rely on under the lock. */
	assert(instance == 0 || live[instance])
}

/* utfs_tx_end(): commits; then it lets go and wakes who waits for changes */
inline utfs_tx_end()
{
	d_step {
		log_used = false; log_instance = 0; log_gained = 0; log_lost = 0;
		if :: uncommitted != 0 -> changes!uncommitted; uncommitted = 0 :: else fi
	}
	drop(event_mutex)
}

/* instances_mkdir(), utfs_instance_add() */
inline instances_mkdir(ret)
{
	utfs_tx_begin();
	if
	:: instance != 0 || next_serial >= SERIALS -> ret = 0
	:: else ->
		ret = next_serial;
		d_step { log_used = true; log_instance = instance; log_gained = ret; log_lost = 0 }
		MAY_DIE;
		instance = ret;
		MAY_DIE;
		d_step { live[ret] = true; next_serial = next_serial + 1 }
	fi;
	MAY_DIE;
	utfs_tx_end()
}

/* instances_rmdir(), instance_remove(): by serial; the kernel's way is by name */
inline instances_rmdir(serial, ret)
{
	utfs_tx_begin();
	if
#ifdef DROPS_LOCKS
	:: instance == 0 || pins[instance] > 0 -> ret = false
#else
	:: !live[serial] || pins[serial] > 0 -> ret = false
#endif
	:: else ->
		removed_is_looked_up = instance == serial;
		assert(removed_is_looked_up);
		d_step { log_used = true; log_instance = instance; log_gained = 0; log_lost = instance }
		MAY_DIE;
		/* utfs_change_note() */
		uncommitted = instance;
		live[instance] = false;
		MAY_DIE;
		instance = 0;
		ret = true
	fi;
	MAY_DIE;
	utfs_tx_end()
}

/* LOOKUP: the kernel holds the directory's lock while it waits for the answer, and remembers it. */
inline vfs_lookup(serial)
{
	take(directory);
	if
	:: dentry != 0 -> serial = dentry
	:: else ->
		/* utfs_fuse_lookup(), instances_find() */
		utfs_tx_begin(); serial = instance; utfs_tx_end();
		dentry = serial; dead_dentry = false
	fi;
	drop(directory)
}

/* fuse_lowlevel_notify_delete(): the kernel takes the directory's lock; with the dentry goes what is mounted on it. */
inline forget_name(serial)
{
	take(directory);
	d_step { if :: dentry == serial -> dentry = 0; mounted = false; dead_dentry = false :: else fi }
	drop(directory)
}

/* changes_run() */
active proctype changes_thread()
{
	byte gone;
end:	do
	:: atomic { changes?gone -> telling = true }
		forget_name(gone);
		d_step { gone = 0; telling = false }
	od
}

/* rmdir(2), then mkdir(2), through the mount */
proctype through_the_mount()
{
	byte serial;
	bool mortal = false, ret, removed_is_looked_up;

	vfs_lookup(serial);
	take(directory);
	/* vfs_rmdir(): by the dentry that is there now */
	serial = dentry;
	if
	:: serial != 0 ->
		take(victim);
		if
		:: mounted
		:: else ->
#ifdef DROPS_LOCKS
			drop(victim); drop(directory);
#endif
			instances_rmdir(serial, ret);
#ifdef NOTIFIES_IN_REQUEST
			if :: ret -> forget_name(serial) :: else fi;
#endif
#ifdef DROPS_LOCKS
			take(directory); take(victim);
#endif
			if
			:: ret ->
				assert(!mounted);
				d_step { dead_dentry = true; if :: dentry == serial -> dentry = 0 :: else fi }
			:: else
			fi
		fi;
		drop(victim)
	:: else
	fi;
	/* vfs_mkdir() */
	if
	:: dentry == 0 ->
		instances_mkdir(serial);
		if :: serial != 0 -> dentry = serial; dead_dentry = false :: else fi
	:: else
	fi;
	drop(directory);
died:
	done++
}

/* open(2), read(2), close(2) of a file that pins */
proctype opener()
{
	byte serial;
	bool ok = false;

	vfs_lookup(serial);
	if
	:: serial != 0 ->
		/* eventfs_open(): utfs_pin_take() */
		utfs_tx_begin();
#ifdef PINS_LATER
		ok = live[serial];
		utfs_tx_end();
		utfs_tx_begin();
		if :: ok -> pins[serial]++ :: else fi;
#else
		if :: live[serial] -> pins[serial]++; ok = true :: else fi;
#endif
		utfs_tx_end()
	:: else
	fi;
	if
	:: ok ->
		/* eventfs_read(), then the file's own reading: trace_pipe */
		take(handle);
#ifdef WRONG_ORDER
		take(reader); utfs_tx_begin();
#else
		utfs_tx_begin(); take(reader);
#endif
		assert(live[serial]);
		drop(reader); utfs_tx_end();
		drop(handle);
		/* eventfs_release(): utfs_pin_drop() */
		utfs_tx_begin(); pins[serial]--; utfs_tx_end()
	:: else
	fi;
	done++
}

/* mount(2) on the instance */
proctype mounter()
{
	byte serial;

	vfs_lookup(serial);
	/* lock_mount(): the victim's lock; not on what rmdir has made unfit */
	take(victim);
	d_step { if :: serial != 0 && dentry == serial && !dead_dentry -> mounted = true :: else fi }
	drop(victim);
	done++
}

/* A resize: event_mutex, and in it the readers are waited for. utfs_buffer_quiesce() */
proctype resizer()
{
	utfs_tx_begin(); take(reader); drop(reader); utfs_tx_end();
	done++
}

/* An open `enable` of an event, written: eventfs_write(), write_value(); not pinned by the event */
proctype enabler()
{
	bool ok;

	take(handle);
	/* check_handle() */
	utfs_tx_begin(); ok = event_live; utfs_tx_end();
	if
	:: ok ->
		utfs_tx_begin();
#ifndef LOOKS_ONCE
		ok = event_live;
#endif
		if :: ok -> assert(event_live); event_enabled = true :: else fi;
		utfs_tx_end()
	:: else
	fi;
	drop(handle);
	done++
}

/* `-:system/event` in dynamic_events: utfs_event_remove() */
proctype event_remover()
{
	utfs_tx_begin();
	if :: !event_enabled -> event_live = false :: else fi;
	assert(event_live || !event_enabled);
	utfs_tx_end();
	done++
}

/* utracefs rmdir, utracefs mkdir */
proctype command()
{
	byte serial;
	bool mortal = true, ret, removed_is_looked_up;

	/* instances_find() */
	utfs_tx_begin(); serial = instance; utfs_tx_end();
	if :: serial != 0 -> instances_rmdir(serial, ret) :: else fi;
	serial = 0;
	instances_mkdir(serial);
died:
	done++
}

byte started;

init
{
	atomic {
		live[1] = true;
#ifdef MOUNT
		run through_the_mount(); started++;
#endif
#ifdef OPENER
		run opener(); started++;
#endif
#ifdef MOUNTER
		run mounter(); started++;
#endif
#ifdef COMMAND
		run command(); started++;
#endif
#ifdef EVENTS
		run enabler(); run event_remover(); started = started + 2;
#endif
#ifdef RESIZER
		run resizer(); started++;
#endif
	}
	done == started && empty(changes) && !telling;
	/* The kernel has been told; and nobody holds a thing. */
	take(directory);
	utfs_tx_begin();
	assert(dentry == 0 || dentry == instance);
	assert(!event_enabled || event_live);
	assert(pins[1] + pins[2] + pins[3] == 0)
}
