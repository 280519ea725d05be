/* SPDX-License-Identifier: MIT */
/*
 * Records of a Linux 6.18 kernel and the lines that its `trace` shows for them, plain and with options/fields (NULL where
 * that shows kernel symbols, which programs' events do not have).
 */
static const struct golden {
	const char *name;
	unsigned int id;
	const char *fields, *print_fmt;
	unsigned int cpu;
	uint64_t timestamp;
	const char *comm;
	size_t record_bytes;
	const char *record, *line, *fields_line;
} goldens[] = {
	{
		"sched_switch",
		372,
		"\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n\tfield:pid_t "
		"prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n\tfield:int prev_prio;\toffset:28;"
		"\tsize:4;\tsigned:1;\n\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;"
		"\n\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n\tfield:pid_t "
		"next_pid;\toffset:56;\tsize:4;\tsigned:1;\n\tfield:int next_prio;\toffset:60;"
		"\tsize:4;\tsigned:1;\n",
		"\"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s "
		"next_pid=%d next_prio=%d\", REC->prev_comm, REC->prev_pid, REC->prev_prio,"
		" (REC->prev_state & ((((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 "
		"| 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) << 1) - 1)) ? "
		"__print_flags(REC->prev_state & ((((0x00000000 | 0x00000001 | 0x00000002 "
		"| 0x00000004 | 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) "
		"<< 1) - 1), \"|\", { 0x00000001, \"S\" }, { 0x00000002, \"D\" }, { 0x00000004,"
		" \"T\" }, { 0x00000008, \"t\" }, { 0x00000010, \"X\" }, { 0x00000020, \"Z\" "
		"}, { 0x00000040, \"P\" }, { 0x00000080, \"I\" }) : \"R\", REC->prev_state "
		"& (((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 "
		"| 0x00000020 | 0x00000040) + 1) << 1) ? \"+\" : \"\", REC->next_comm, "
		"REC->next_pid,"
		" REC->next_prio",
		1,
		3345908670808ull,
		"python3",
		64,
		"t\001\001\002cb\000\000python3\000\000\000\000\000\000\000\000\000cb\000\000x\000"
		"\000"
		"\000\000\000\000\000\000\000\000\000memfd:sealed-"
		"91\000\306\014\000\000x\000\000\000",
		"         python3-25187   [001] d..2.  3345.908671: sched_switch: "
		"prev_comm=python3 "
		"prev_pid=25187 prev_prio=120 prev_state=R ==> next_comm=memfd:sealed-91 "
		"next_pid=3270 next_prio=120\n",
		"         python3-25187   [001] d..2.  3345.908671: sched_switch: "
		"prev_comm=python3 "
		"prev_pid=0x6263 (25187) prev_prio=0x78 (120) prev_state=0x0 (0) "
		"next_comm=memfd:seale"
		"d-91 next_pid=0xcc6 (3270) next_prio=0x78 (120)\n",
	},
	{
		"sched_wakeup",
		374,
		"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n\tfield:pid_t pid;"
		"\toffset:24;\tsize:4;\tsigned:1;\n\tfield:int prio;\toffset:28;\tsize:4;"
		"\tsigned:1;\n\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;\n",
		"\"comm=%s pid=%d prio=%d target_cpu=%03d\", REC->comm, REC->pid, REC->prio,"
		" REC->target_cpu",
		0,
		3345808312886ull,
		"python3",
		36,
		"v\001\t\004cb\000\000memfd:sealed-"
		"91\000\306\014\000\000x\000\000\000\000\000\000\000",
		"         python3-25187   [000] d.h4.  3345.808313: sched_wakeup: "
		"comm=memfd:sealed-91"
		" pid=3270 prio=120 target_cpu=000\n",
		"         python3-25187   [000] d.h4.  3345.808313: sched_wakeup: "
		"comm=memfd:sealed-91"
		" pid=0xcc6 (3270) prio=0x78 (120) target_cpu=0x0 (0)\n",
	},
	{
		"sched_process_exec",
		365,
		"\tfield:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:pid_t "
		"pid;\toffset:12;\tsize:4;\tsigned:1;\n\tfield:pid_t old_pid;\toffset:16;"
		"\tsize:4;\tsigned:1;\n",
		"\"filename=%s pid=%d old_pid=%d\", __get_str(filename), REC->pid, REC->old_pid",
		1,
		3345853378704ull,
		"bash",
		68,
		"m\001\000\000ub\000\000\024\000-\000ub\000\000ub\000\000/root/.pyenv/libexec/"
		"pyenv-ve"
		"rsion-file-read\000\000\000\000",
		"            bash-25205   [001] .....  3345.853379: sched_process_exec: "
		"filename=/root/.pyenv/libexec/pyenv-version-file-read pid=25205 old_pid=25205\n",
		"            bash-25205   [001] .....  3345.853379: sched_process_exec: "
		"filename=/root/.pyenv/libexec/pyenv-version-file-read pid=0x6275 (25205) "
		"old_pid=0x6275 (25205)\n",
	},
	{
		"sched_process_fork",
		366,
		"\tfield:__data_loc char[] "
		"parent_comm;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:pid_t "
		"parent_pid;\toffset:12;\tsize:4;\tsigned:1;\n\tfield:__data_loc char[] "
		"child_comm;\toffset:16;\tsize:4;\tsigned:0;\n\tfield:pid_t child_pid;\toffset:20;"
		"\tsize:4;\tsigned:1;\n",
		"\"comm=%s pid=%d child_comm=%s child_pid=%d\", __get_str(parent_comm), "
		"REC->parent_pid, __get_str(child_comm), REC->child_pid",
		0,
		3345823967438ull,
		"bash",
		36,
		"n\001\000\000kb\000\000\030\000\005\000kb\000\000\035\000\005\000lb\000\000bash"
		"\000ba"
		"sh\000Ff",
		"            bash-25195   [000] .....  3345.823967: sched_process_fork: "
		"comm=bash pid=25195 child_comm=bash child_pid=25196\n",
		"            bash-25195   [000] .....  3345.823967: sched_process_fork: "
		"parent_comm=bash parent_pid=0x626b (25195) child_comm=bash child_pid=0x626c "
		"(25196)\n",
	},
	{
		"sched_stat_runtime",
		363,
		"\tfield:__data_loc char[] comm;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:pid_t "
		"pid;\toffset:12;\tsize:4;\tsigned:1;\n\tfield:u64 runtime;\toffset:16;\tsize:8;"
		"\tsigned:0;\n",
		"\"comm=%s pid=%d runtime=%Lu [ns]\", __get_str(comm), REC->pid, (unsigned "
		"long long)REC->runtime",
		1,
		3345718964472ull,
		"x",
		40,
		"k\001\021\004Sb\000\000\030\000\020\000y\014\000\000\300/"
		"\000\000\000\000\000\000memf"
		"d:sealed-91\000",
		"               x-25171   [001] d.s4.  3345.718964: sched_stat_runtime: "
		"comm=memfd:sealed-91 pid=3193 runtime=12224 [ns]\n",
		"               x-25171   [001] d.s4.  3345.718964: sched_stat_runtime: "
		"comm=memfd:sealed-91 pid=0xc79 (3193) runtime=0x2fc0 (12224)\n",
	},
	{
		"task_rename",
		204,
		"\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n\tfield:char oldcomm[16];"
		"\toffset:12;\tsize:16;\tsigned:0;\n\tfield:char newcomm[16];\toffset:28;"
		"\tsize:16;\tsigned:0;\n\tfield:short oom_score_adj;\toffset:44;\tsize:2;"
		"\tsigned:1;\n",
		"\"pid=%d oldcomm=%s newcomm=%s oom_score_adj=%hd\", REC->pid, REC->oldcomm,"
		" REC->newcomm, REC->oom_score_adj",
		0,
		3345830594058ull,
		"bash",
		48,
		"\314\000\000\000nb\000\000nb\000\000pyenv-version-f\000bash\000\000\000\000\020<"
		"\000\000"
		"\273\001\000\000\000\000\000\000",
		"            bash-25198   [000] .....  3345.830594: task_rename: pid=25198 "
		"oldcomm=pyenv-version-f newcomm=bash oom_score_adj=0\n",
		"            bash-25198   [000] .....  3345.830594: task_rename: pid=0x626e "
		"(25198) oldcomm=pyenv-version-f newcomm=bash oom_score_adj=0x0 (0)\n",
	},
	{
		"task_newtask",
		205,
		"\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n\tfield:char comm[16];"
		"\toffset:12;\tsize:16;\tsigned:0;\n\tfield:u64 clone_flags;\toffset:32;"
		"\tsize:8;\tsigned:0;\n\tfield:short oom_score_adj;\toffset:40;\tsize:2;"
		"\tsigned:1;\n",
		"\"pid=%d comm=%s clone_flags=%llx oom_score_adj=%hd\", REC->pid, REC->comm,"
		" REC->clone_flags, REC->oom_score_adj",
		0,
		3345800436788ull,
		"bash",
		48,
		"\315\000\000\000\\b\000\000cb\000\000bash\000\000\000\000\000\000\000\000\000\000"
		"\000"
		"\000\300\013D\201\000\000 \001\000\000\000\000\000\000\377\377\340\343\322'",
		"            bash-25180   [000] .....  3345.800437: task_newtask: pid=25187 "
		"comm=bash clone_flags=1200000 oom_score_adj=0\n",
		"            bash-25180   [000] .....  3345.800437: task_newtask: pid=0x6263 "
		"(25187) comm=bash clone_flags=0x1200000 (18874368) oom_score_adj=0x0 (0)\n",
	},
	{
		"softirq_entry",
		223,
		"\tfield:unsigned int vec;\toffset:8;\tsize:4;\tsigned:0;\n",
		"\"vec=%u [action=%s]\", REC->vec, __print_symbolic(REC->vec, { 0, \"HI\" "
		"}, { 1, \"TIMER\" }, { 2, \"NET_TX\" }, { 3, \"NET_RX\" }, { 4, \"BLOCK\" "
		"}, { 5, \"IRQ_POLL\" }, { 6, \"TASKLET\" }, { 7, \"SCHED\" }, { 8, \"HRTIMER\" "
		"}, { 9, \"RCU\" })",
		0,
		3345776775916ull,
		"ls",
		12,
		"\337\000\020\001_b\000\000\007\000\000\000",
		"              ls-25183   [000] ..s1.  3345.776776: softirq_entry: vec=7 "
		"[action=SCHED]\n",
		"              ls-25183   [000] ..s1.  3345.776776: softirq_entry: vec=0x7 "
		"(7)\n",
	},
	{
		"irq_handler_entry",
		225,
		"\tfield:int irq;\toffset:8;\tsize:4;\tsigned:1;\n\tfield:__data_loc char[] "
		"name;\toffset:12;\tsize:4;\tsigned:0;\n",
		"\"irq=%d name=%s\", REC->irq, __get_str(name)",
		1,
		3345707342235ull,
		"x",
		32,
		"\341\000\t\000Sb\000\000$\000\000\000\020\000\016\000virtio1-req.0\000\000\000",
		"               x-25171   [001] d.h..  3345.707342: irq_handler_entry: irq=36 "
		"name=virtio1-req.0\n",
		"               x-25171   [001] d.h..  3345.707342: irq_handler_entry: irq=0x24 "
		"(36) name=virtio1-req.0\n",
	},
	{
		"timer_cancel",
		463,
		"\tfield:void * timer;\toffset:8;\tsize:8;\tsigned:0;\n",
		"\"timer=%p\", REC->timer",
		1,
		3345930474690ull,
		"python3",
		16,
		"\317\001\021\003cb\000\000\330f\230\006\201\210\377\377",
		"         python3-25187   [001] d.s3.  3345.930475: timer_cancel: "
		"timer=ffff8881069866"
		"d8\n",
		"         python3-25187   [001] d.s3.  3345.930475: timer_cancel: "
		"timer=0xffff88810698"
		"66d8 (-131387233900840)\n",
	},
	{
		"hrtimer_cancel",
		457,
		"\tfield:void * hrtimer;\toffset:8;\tsize:8;\tsigned:0;\n",
		"\"hrtimer=%p\", REC->hrtimer",
		0,
		3345769056801ull,
		"ls",
		16,
		"\311\001%\003_b\000\000(\304\302'\206\210\377\377",
		"              ls-25183   [000] dN.3.  3345.769057: hrtimer_cancel: "
		"hrtimer=ffff888627"
		"c2c428\n",
		"              ls-25183   [000] dN.3.  3345.769057: hrtimer_cancel: "
		"hrtimer=0xffff8886"
		"27c2c428 (-131365202639832)\n",
	},
	{
		"signal_generate",
		261,
		"\tfield:int sig;\toffset:8;\tsize:4;\tsigned:1;\n\tfield:int errno;\toffset:12;"
		"\tsize:4;\tsigned:1;\n\tfield:int code;\toffset:16;\tsize:4;\tsigned:1;"
		"\n\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;\n\tfield:pid_t "
		"pid;\toffset:36;\tsize:4;\tsigned:1;\n\tfield:int group;\toffset:40;\tsize:4;"
		"\tsigned:1;\n\tfield:int result;\toffset:44;\tsize:4;\tsigned:1;\n",
		"\"sig=%d errno=%d code=%d comm=%s pid=%d grp=%d res=%d\", REC->sig, REC->errno,"
		" REC->code, REC->comm, REC->pid, REC->group, REC->result",
		0,
		3345790867103ull,
		"ls",
		48,
		"\005\001%\002_"
		"b\000\000\021\000\000\000\000\000\000\000\001\000\000\000bash\000\000\000"
		"\000\000\000\000\000\000\000\000\000\\b\000\000\001\000\000\000\000\000\000\000",
		"              ls-25183   [000] dN.2.  3345.790867: signal_generate: sig=17 "
		"errno=0 code=1 comm=bash pid=25180 grp=1 res=0\n",
		"              ls-25183   [000] dN.2.  3345.790867: signal_generate: sig=0x11 "
		"(17) errno=0x0 (0) code=0x1 (1) comm=bash pid=0x625c (25180) group=0x1 "
		"(1) result=0x0 (0)\n",
	},
	{
		"signal_deliver",
		260,
		"\tfield:int sig;\toffset:8;\tsize:4;\tsigned:1;\n\tfield:int errno;\toffset:12;"
		"\tsize:4;\tsigned:1;\n\tfield:int code;\toffset:16;\tsize:4;\tsigned:1;"
		"\n\tfield:unsigned long "
		"sa_handler;\toffset:24;\tsize:8;\tsigned:0;\n\tfield:unsigned"
		" long sa_flags;\toffset:32;\tsize:8;\tsigned:0;\n",
		"\"sig=%d errno=%d code=%d sa_handler=%lx sa_flags=%lx\", REC->sig, REC->errno,"
		" REC->code, REC->sa_handler, REC->sa_flags",
		0,
		3345850063791ull,
		"bash",
		40,
		"\004\001\001\001rb\000\000\021\000\000\000\000\000\000\000\001\000\000\000\320\276"
		"Ff@"
		"\316\035<\243U\000\000\000\000\000\024\000\000\000\000",
		"            bash-25202   [000] d..1.  3345.850064: signal_deliver: sig=17 "
		"errno=0 code=1 sa_handler=55a33c1dce40 sa_flags=14000000\n",
		"            bash-25202   [000] d..1.  3345.850064: signal_deliver: sig=0x11 "
		"(17) errno=0x0 (0) code=0x1 (1) sa_handler=0x55a33c1dce40 (94159576616512) "
		"sa_flags=0x14000000 (335544320)\n",
	},
	{
		"writeback_dirty_folio",
		1009,
		"\tfield:char name[32];\toffset:8;\tsize:32;\tsigned:0;\n\tfield:ino_t ino;"
		"\toffset:40;\tsize:8;\tsigned:0;\n\tfield:unsigned long index;\toffset:48;"
		"\tsize:8;\tsigned:0;\n",
		"\"bdi %s: ino=%lu index=%lu\", REC->name, (unsigned long)REC->ino, REC->index",
		0,
		3345795995676ull,
		"dd",
		56,
		"\361\003\001\001bb\000\000254:"
		"0\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		"\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\340\017\000\000\000"
		"\000\255"
		"\200\234\002\000\000\000\000",
		"              dd-25186   [000] d..1.  3345.795996: writeback_dirty_folio: "
		"bdi 254:0: ino=266338304 index=43810989\n",
		"              dd-25186   [000] d..1.  3345.795996: writeback_dirty_folio: "
		"name=254:0 ino=0xfe00000 (266338304) index=0x29c80ad (43810989)\n",
	},
	{
		"block_bio_queue",
		2097,
		"\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:sector_t sector;"
		"\toffset:16;\tsize:8;\tsigned:0;\n\tfield:unsigned int nr_sector;\toffset:24;"
		"\tsize:4;\tsigned:0;\n\tfield:char rwbs[10];\toffset:28;\tsize:10;\tsigned:0;"
		"\n\tfield:char comm[16];\toffset:38;\tsize:16;\tsigned:0;\n",
		"\"%d,%d %s %llu + %u [%s]\", ((unsigned int) ((REC->dev) >> 20)), ((unsigned "
		"int) ((REC->dev) & ((1U << 20) - 1))), REC->rwbs, (unsigned long long)REC->sector,"
		" REC->nr_sector, REC->comm",
		0,
		3345799482590ull,
		"dd",
		56,
		"1\010\000\000bb\000\000\000\000\340\0170g0\201h\005\344\024\000\000\000\000\010"
		"\000\000"
		"\000WSM\000b\001\000\001\\bdd\000\000\000\000\000\000\000\000\000\000\000\000\000"
		"\000"
		"\377\377",
		"              dd-25186   [000] .....  3345.799483: block_bio_queue: 254,"
		"0 WSM 350487912 + 8 [dd]\n",
		"              dd-25186   [000] .....  3345.799483: block_bio_queue: dev=0xfe00000 "
		"(266338304) sector=0x14e40568 (350487912) nr_sector=0x8 (8) rwbs=WSM comm=dd\n",
	},
	{
		"ext4_da_write_begin",
		1255,
		"\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:ino_t ino;\toffset:16;"
		"\tsize:8;\tsigned:0;\n\tfield:loff_t pos;\toffset:24;\tsize:8;\tsigned:1;"
		"\n\tfield:unsigned int len;\toffset:32;\tsize:4;\tsigned:0;\n",
		"\"dev %d,%d ino %lu pos %lld len %u\", ((unsigned int) ((REC->dev) >> 20)),"
		" ((unsigned int) ((REC->dev) & ((1U << 20) - 1))), (unsigned long) REC->ino,"
		" REC->pos, REC->len",
		0,
		3345797788482ull,
		"dd",
		40,
		"\347\004\000\000bb\000\000\000\000\340\017\206\210\377\377\274*"
		"\247\000\000\000\000\000"
		"\000\000\021\000\000\000\000\000\000\000\001\000\300\013D\201",
		"              dd-25186   [000] .....  3345.797788: ext4_da_write_begin: "
		"dev 254,0 ino 10955452 pos 1114112 len 65536\n",
		"              dd-25186   [000] .....  3345.797788: ext4_da_write_begin: "
		"dev=0xfe00000 (266338304) ino=0xa72abc (10955452) pos=0x110000 (1114112) "
		"len=0x10000 (65536)\n",
	},
	{
		"ext4_ext_map_blocks_exit",
		1204,
		"\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:ino_t ino;\toffset:16;"
		"\tsize:8;\tsigned:0;\n\tfield:unsigned int flags;\toffset:24;\tsize:4;\tsigned:0;"
		"\n\tfield:ext4_fsblk_t pblk;\toffset:32;\tsize:8;\tsigned:0;\n\tfield:ext4_lblk_t "
		"lblk;\toffset:40;\tsize:4;\tsigned:0;\n\tfield:unsigned int len;\toffset:44;"
		"\tsize:4;\tsigned:0;\n\tfield:unsigned int mflags;\toffset:48;\tsize:4;"
		"\tsigned:0;\n\tfield:int ret;\toffset:52;\tsize:4;\tsigned:1;\n",
		"\"dev %d,%d ino %lu flags %s lblk %u pblk %llu len %u mflags %s ret %d\","
		" ((unsigned int) ((REC->dev) >> 20)), ((unsigned int) ((REC->dev) & ((1U "
		"<< 20) - 1))), (unsigned long) REC->ino, __print_flags(REC->flags, \"|\","
		" { 0x0001, \"CREATE\" }, { 0x0002, \"UNWRIT\" }, { 0x0004, \"DELALLOC\" "
		"}, { 0x0008, \"PRE_IO\" }, { 0x0010, \"CONVERT\" }, { 0x0020, \"METADATA_NOFAIL\" "
		"}, { 0x0040, \"NO_NORMALIZE\" }, { 0x0100, \"CONVERT_UNWRITTEN\" }, { 0x0200,"
		" \"ZERO\" }, { 0x0400, \"IO_SUBMIT\" }, { 0x40000000, \"EX_NOCACHE\" }),"
		" REC->lblk, REC->pblk, REC->len, __print_flags(REC->mflags, \"\", { ((((1UL))) "
		"<< (5)), \"N\" }, { ((((1UL))) << (4)), \"M\" }, { ((((1UL))) << (11)),"
		" \"U\" }, { ((((1UL))) << (9)), \"B\" }), REC->ret",
		0,
		3345798036841ull,
		"dd",
		56,
		"\264\004\000\000bb\000\000\000\000\340\017\000\000\000\000\274*"
		"\247\000\000\000\000\000"
		"/\004\000@0g0\201\000\252A\000\000\000\000\000\000\000\000\000@"
		"\001\000\0000\010\000\000"
		"@\001\000\000",
		"              dd-25186   [000] .....  3345.798037: ext4_ext_map_blocks_exit: "
		"dev 254,0 ino 10955452 flags "
		"CREATE|UNWRIT|DELALLOC|PRE_IO|METADATA_NOFAIL|IO_SUBMIT|"
		"EX_NOCACHE lblk 0 pblk 4303360 len 320 mflags NMU ret 320\n",
		"              dd-25186   [000] .....  3345.798037: ext4_ext_map_blocks_exit: "
		"dev=0xfe00000 (266338304) ino=0xa72abc (10955452) flags=0x4000042f (1073742895) "
		"pblk=0x41aa00 (4303360) lblk=0x0 (0) len=0x140 (320) mflags=0x830 (2096) "
		"ret=0x140 (320)\n",
	},
	{
		"ext4_allocate_blocks",
		1234,
		"\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:ino_t ino;\toffset:16;"
		"\tsize:8;\tsigned:0;\n\tfield:__u64 block;\toffset:24;\tsize:8;\tsigned:0;"
		"\n\tfield:unsigned int len;\toffset:32;\tsize:4;\tsigned:0;\n\tfield:__u32 "
		"logical;\toffset:36;\tsize:4;\tsigned:0;\n\tfield:__u32 lleft;\toffset:40;"
		"\tsize:4;\tsigned:0;\n\tfield:__u32 lright;\toffset:44;\tsize:4;\tsigned:0;"
		"\n\tfield:__u64 goal;\toffset:48;\tsize:8;\tsigned:0;\n\tfield:__u64 pleft;"
		"\toffset:56;\tsize:8;\tsigned:0;\n\tfield:__u64 pright;\toffset:64;\tsize:8;"
		"\tsigned:0;\n\tfield:unsigned int flags;\toffset:72;\tsize:4;\tsigned:0;"
		"\n",
		"\"dev %d,%d ino %lu flags %s len %u block %llu lblk %u goal %llu lleft "
		"%u lright %u pleft %llu pright %llu\", ((unsigned int) ((REC->dev) >> 20)),"
		" ((unsigned int) ((REC->dev) & ((1U << 20) - 1))), (unsigned long) REC->ino,"
		" __print_flags(REC->flags, \"|\", { 0x0001, \"HINT_MERGE\" }, { 0x0008,"
		" \"HINT_FIRST\" }, { 0x0020, \"HINT_DATA\" }, { 0x0040, \"HINT_NOPREALLOC\" "
		"}, { 0x0080, \"HINT_GRP_ALLOC\" }, { 0x0100, \"HINT_GOAL_ONLY\" }, { 0x0200,"
		" \"HINT_TRY_GOAL\" }, { 0x0400, \"DELALLOC_RESV\" }, { 0x0800, \"STREAM_ALLOC\" "
		"}, { 0x1000, \"USE_ROOT_BLKS\" }, { 0x2000, \"USE_RESV\" }, { 0x4000, "
		"\"STRICT_CHECK\""
		" }), REC->len, REC->block, REC->logical, REC->goal, REC->lleft, REC->lright,"
		" REC->pleft, REC->pright",
		0,
		3345798031913ull,
		"dd",
		80,
		"\322\004\000\000bb\000\000\000\000\340\017b\001\000\001\274*"
		"\247\000\000\000\000\000\000"
		"\252A\000\000\000\000\000@"
		"\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		"\000\200\234\002\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		"\000\000"
		"\000\000 $\000\000\017\002\001\001",
		"              dd-25186   [000] .....  3345.798032: ext4_allocate_blocks: "
		"dev 254,0 ino 10955452 flags HINT_DATA|DELALLOC_RESV|USE_RESV len 320 block "
		"4303360 lblk 0 goal 43810816 lleft 0 lright 0 pleft 0 pright 0\n",
		"              dd-25186   [000] .....  3345.798032: ext4_allocate_blocks: "
		"dev=0xfe00000 (266338304) ino=0xa72abc (10955452) block=0x41aa00 (4303360) "
		"len=0x140 (320) logical=0x0 (0) lleft=0x0 (0) lright=0x0 (0) goal=0x29c8000 "
		"(43810816) pleft=0x0 (0) pright=0x0 (0) flags=0x2420 (9248)\n",
	},
	{
		"net_dev_queue",
		2304,
		"\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:unsigned "
		"int len;\toffset:16;\tsize:4;\tsigned:0;\n\tfield:__data_loc char[] name;"
		"\toffset:20;\tsize:4;\tsigned:0;\n",
		"\"dev=%s skbaddr=%p len=%u\", __get_str(name), REC->skbaddr, REC->len",
		0,
		3345791685008ull,
		"bash",
		28,
		"\000\t\200\000`"
		"b\000\000\340\332\007\033\201\210\377\377J\000\000\000\030\000\003\000"
		"lo\000\000",
		"            bash-25184   [000] b....  3345.791685: net_dev_queue: dev=lo "
		"skbaddr=ffff88811b07dae0 len=74\n",
		"            bash-25184   [000] b....  3345.791685: net_dev_queue: "
		"skbaddr=0xffff88811"
		"b07dae0 (-131386891052320) len=0x4a (74) name=lo\n",
	},
	{
		"netif_rx",
		2302,
		"\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:unsigned "
		"int len;\toffset:16;\tsize:4;\tsigned:0;\n\tfield:__data_loc char[] name;"
		"\toffset:20;\tsize:4;\tsigned:0;\n",
		"\"dev=%s skbaddr=%p len=%u\", __get_str(name), REC->skbaddr, REC->len",
		0,
		3345791692079ull,
		"bash",
		28,
		"\376\010\200\000`b\000\000\340\332\007\033\201\210\377\377<"
		"\000\000\000\030\000\003\000"
		"lo\000\000",
		"            bash-25184   [000] b....  3345.791692: netif_rx: dev=lo "
		"skbaddr=ffff88811"
		"b07dae0 len=60\n",
		"            bash-25184   [000] b....  3345.791692: netif_rx: "
		"skbaddr=0xffff88811b07da"
		"e0 (-131386891052320) len=0x3c (60) name=lo\n",
	},
	{
		"mm_filemap_add_to_page_cache",
		600,
		"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:unsigned "
		"long i_ino;\toffset:16;\tsize:8;\tsigned:0;\n\tfield:unsigned long index;"
		"\toffset:24;\tsize:8;\tsigned:0;\n\tfield:dev_t s_dev;\toffset:32;\tsize:4;"
		"\tsigned:0;\n\tfield:unsigned char order;\toffset:36;\tsize:1;\tsigned:0;"
		"\n",
		"\"dev %d:%d ino %lx pfn=0x%lx ofs=%lu order=%u\", ((unsigned int) ((REC->s_dev) "
		">> 20)), ((unsigned int) ((REC->s_dev) & ((1U << 20) - 1))), REC->i_ino,"
		" REC->pfn, REC->index << 12, REC->order",
		0,
		3345797891344ull,
		"dd",
		40,
		"X\002\000\000bb\000\000@\246\023\000\000\000\000\000\274*"
		"\247\000\000\000\000\0000\001"
		"\000\000\000\000\000\000\000\000\340\017\004\343\322'",
		"              dd-25186   [000] .....  3345.797891: mm_filemap_add_to_page_cache: "
		"dev 254:0 ino a72abc pfn=0x13a640 ofs=1245184 order=4\n",
		"              dd-25186   [000] .....  3345.797891: mm_filemap_add_to_page_cache: "
		"pfn=0x13a640 (1287744) i_ino=0xa72abc (10955452) index=0x130 (304) "
		"s_dev=0xfe00000 "
		"(266338304) order=(4)\n",
	},
	{
		"page_fault_user",
		190,
		"\tfield:unsigned long address;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:unsigned "
		"long ip;\toffset:16;\tsize:8;\tsigned:0;\n\tfield:unsigned long error_code;"
		"\toffset:24;\tsize:8;\tsigned:0;\n",
		"\"address=%ps ip=%ps error_code=0x%lx\", (void *)REC->address, (void *)REC->ip,"
		" REC->error_code",
		0,
		3345746094777ull,
		"ls",
		32,
		"\276\000\001\000_b\000\000\020\200\030\343\215U\000\000T!p["
		"\334\177\000\000\006\000\000"
		"\000\000\000\000\000",
		"              ls-25183   [000] d....  3345.746095: page_fault_user: "
		"address=0x558de31"
		"88010 ip=0x7fdc5b702154 error_code=0x6\n",
		"              ls-25183   [000] d....  3345.746095: page_fault_user: "
		"address=0x558de31"
		"88010 (94067888783376) ip=0x7fdc5b702154 (140584403607892) error_code=0x6 "
		"(6)\n",
	},
	{
		"cpu_idle",
		568,
		"\tfield:u32 state;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:u32 cpu_id;\toffset:12;"
		"\tsize:4;\tsigned:0;\n",
		"\"state=%lu cpu_id=%lu\", (unsigned long)REC->state, (unsigned long)REC->cpu_id",
		0,
		3345746584575ull,
		"<idle>",
		16,
		"8\002%\001\000\000\000\000\377\377\377\377\000\000\000\000",
		"          <idle>-0       [000] dN.1.  3345.746585: cpu_idle: state=4294967295 "
		"cpu_id=0\n",
		"          <idle>-0       [000] dN.1.  3345.746585: cpu_idle: state=0xffffffff "
		"(-1) cpu_id=0x0 (0)\n",
	},
	{
		"sys_exit",
		442,
		"\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n\tfield:long ret;\toffset:16;"
		"\tsize:8;\tsigned:1;\n",
		"\"NR %ld = %ld\", REC->id, REC->ret",
		0,
		3345768669134ull,
		"ls",
		24,
		"\272\001\000\000_b\000\000\014\000\000\000\000\000\000\000\000 "
		"\034\343\215U\000\000",
		"              ls-25183   [000] .....  3345.768669: sys_exit: NR 12 = "
		"94067889020928\n",
		"              ls-25183   [000] .....  3345.768669: sys_exit: id=0xc (12) "
		"ret=0x558de31c2000 (94067889020928)\n",
	},
	{
		"napi_poll",
		2291,
		"\tfield:struct napi_struct * "
		"napi;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:__data_loc"
		" char[] dev_name;\toffset:16;\tsize:4;\tsigned:0;\n\tfield:int work;\toffset:20;"
		"\tsize:4;\tsigned:1;\n\tfield:int budget;\toffset:24;\tsize:4;\tsigned:1;"
		"\n",
		"\"napi poll on napi struct %p for device %s work %d budget %d\", REC->napi,"
		" __get_str(dev_name), REC->work, REC->budget",
		0,
		3345791846038ull,
		"bash",
		44,
		"\363\010\020\001`b\000\000\210\321\302'"
		"\206\210\377\377\034\000\014\000\002\000\000\000"
		"@\000\000\000(no_device)\000\000\000\000\000",
		"            bash-25184   [000] ..s1.  3345.791846: napi_poll: napi poll "
		"on napi struct ffff888627c2d188 for device (no_device) work 2 budget 64\n",
		"            bash-25184   [000] ..s1.  3345.791846: napi_poll: "
		"napi=0xffff888627c2d188"
		" (-131365202636408) dev_name=(no_device) work=0x2 (2) budget=0x40 (64)\n",
	},
	{
		"tlb_flush",
		188,
		"\tfield:int reason;\toffset:8;\tsize:4;\tsigned:1;\n\tfield:unsigned long "
		"pages;\toffset:16;\tsize:8;\tsigned:0;\n",
		"\"pages:%ld reason:%s (%d)\", REC->pages, __print_symbolic(REC->reason,"
		" { 0, \"flush on task switch\" }, { 1, \"remote shootdown\" }, { 2, \"local "
		"shootdown\" }, { 3, \"local MM shootdown\" }, { 4, \"remote IPI send\" "
		"}, { 5, \"remote wrong CPU\" }), REC->reason",
		0,
		3345801493529ull,
		"python3",
		24,
		"\274\000\001\002cb\000\000\003\000\000\000\250\033\260["
		"\001\000\000\000\000\000\000\000",
		"         python3-25187   [000] d..2.  3345.801494: tlb_flush: pages:1 "
		"reason:local "
		"MM shootdown (3)\n",
		"         python3-25187   [000] d..2.  3345.801494: tlb_flush: reason=0x3 "
		"(3) pages=0x1 (1)\n",
	},
	{
		"mmap_lock_start_locking",
		677,
		"\tfield:struct mm_struct * mm;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:u64 "
		"memcg_id;\toffset:16;\tsize:8;\tsigned:0;\n\tfield:bool write;\toffset:24;"
		"\tsize:1;\tsigned:0;\n",
		"\"mm=%p memcg_id=%llu write=%s\", REC->mm, REC->memcg_id, REC->write ? "
		"\"true\" : \"false\"",
		0,
		3345801009189ull,
		"python3",
		32,
		"\245\002\000\000cb\000\000@"
		"\037\007\000\201\210\377\377\303\n\000\000\000\000\000\000"
		"\001\257\032*\376\177\000\000",
		"         python3-25187   [000] .....  3345.801009: mmap_lock_start_locking: "
		"mm=ffff888100071f40 memcg_id=2755 write=true\n",
		"         python3-25187   [000] .....  3345.801009: mmap_lock_start_locking: "
		"mm=0xffff888100071f40 (-131387344085184) memcg_id=0xac3 (2755) write=(1)\n",
	},
	{
		"local_timer_entry",
		165,
		"\tfield:int vector;\toffset:8;\tsize:4;\tsigned:1;\n",
		"\"vector=%d\", REC->vector",
		0,
		3345776765380ull,
		"ls",
		12,
		"\245\000\t\001_b\000\000\354\000\000\000",
		"              ls-25183   [000] d.h1.  3345.776765: local_timer_entry: "
		"vector=236\n",
		"              ls-25183   [000] d.h1.  3345.776765: local_timer_entry: vector=0xec "
		"(236)\n",
	},
	{
		"call_function_single_entry",
		151,
		"\tfield:int vector;\toffset:8;\tsize:4;\tsigned:1;\n",
		"\"vector=%d\", REC->vector",
		0,
		3345856187233ull,
		"x",
		12,
		"\227\000\t\000Sb\000\000\373\000\000\000",
		"               x-25171   [000] d.h..  3345.856187: call_function_single_entry: "
		"vector=251\n",
		"               x-25171   [000] d.h..  3345.856187: call_function_single_entry: "
		"vector=0xfb (251)\n",
	},
	{
		"sched_migrate_task",
		371,
		"\tfield:__data_loc char[] comm;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:pid_t "
		"pid;\toffset:12;\tsize:4;\tsigned:1;\n\tfield:int prio;\toffset:16;\tsize:4;"
		"\tsigned:1;\n\tfield:int orig_cpu;\toffset:20;\tsize:4;\tsigned:1;\n\tfield:int "
		"dest_cpu;\toffset:24;\tsize:4;\tsigned:1;\n",
		"\"comm=%s pid=%d prio=%d orig_cpu=%d dest_cpu=%d\", __get_str(comm), REC->pid,"
		" REC->prio, REC->orig_cpu, REC->dest_cpu",
		0,
		3345908626156ull,
		"x",
		44,
		"s\001\t\002Sb\000\000\034\000\020\000\306\014\000\000x\000\000\000\000\000\000\000"
		"\001"
		"\000\000\000memfd:sealed-91\000",
		"               x-25171   [000] d.h2.  3345.908626: sched_migrate_task: "
		"comm=memfd:sealed-91 pid=3270 prio=120 orig_cpu=0 dest_cpu=1\n",
		"               x-25171   [000] d.h2.  3345.908626: sched_migrate_task: "
		"comm=memfd:sealed-91 pid=0xcc6 (3270) prio=0x78 (120) orig_cpu=0x0 (0) "
		"dest_cpu=0x1 (1)\n",
	},
	{
		"folio_wait_writeback",
		1008,
		"\tfield:char name[32];\toffset:8;\tsize:32;\tsigned:0;\n\tfield:ino_t ino;"
		"\toffset:40;\tsize:8;\tsigned:0;\n\tfield:unsigned long index;\toffset:48;"
		"\tsize:8;\tsigned:0;\n",
		"\"bdi %s: ino=%lu index=%lu\", REC->name, (unsigned long)REC->ino, REC->index",
		0,
		3345798168146ull,
		"dd",
		56,
		"\360\003\000\000bb\000\000254:"
		"0\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		"\000\000\000\000\000\000\000\000\000\000\000\000\000\274*"
		"\247\000\000\000\000\000\000"
		"\000\000\000\000\000\000\000",
		"              dd-25186   [000] .....  3345.798168: folio_wait_writeback: "
		"bdi 254:0: ino=10955452 index=0\n",
		"              dd-25186   [000] .....  3345.798168: folio_wait_writeback: "
		"name=254:0 ino=0xa72abc (10955452) index=0x0 (0)\n",
	},
};
