# What the bot says in English. fr.ftl holds the same ids with the same variables; a test compares them.
# Numbers of requests come as text, so that #1234 stays #1234.

## Words
quoted = “{ $words }”
detail = { $key }: { $value }
yes = yes
no = no
unknown-value = unknown
under-a-second = less than a second
usage = Usage: { $usage }
example = For instance: { $example }
why-hint = “why #{ $request }” tells the whole story.

## Not understood
empty = Yes? “help” lists what I can do for you.
unreadable-too-long = This message is longer than 2,000 characters. I did nothing: please write a shorter one.
unreadable-bidi = This message holds invisible characters that turn the direction of writing around. I did nothing: please type it anew instead of pasting it.
unreadable-control = This message holds control characters. I did nothing: please type it anew instead of pasting it.
unreadable-quote = A quotation mark is opened and never closed. I did nothing: please close it, or leave it out.
unreadable-after-quote = Something is glued to a closing quotation mark. I did nothing: please put a space after it.
unknown = I do not know “{ $words }”. “help” lists what I can do for you.
unknown-near = I do not know “{ $words }”. Did you mean { $near }?
wrong-missing = “{ $name }” is missing: { $expected }.
wrong-without-value = “{ $name }” needs a value after it: { $expected }.
wrong-not-one = “{ $word }” will not do for “{ $name }”: I expected { $expected }.
wrong-too-many = I do not know what “{ $word }” is to mean here.
wrong-twice = “{ $name }” is said twice.
wrong-unknown-option = This command has no “{ $word }”.
wrong-quote-it = “{ $word }” could be part of the text of “{ $name }”, or an option of its own. Please put the text in quotation marks.
wrong-understood = I understood: { $call }. Nothing was done.

## Arguments
argument-target = the name of a VM or of a dataset (web, tank/mail)
argument-targets = one or more names of VMs or datasets, each once, 50 at most
argument-number = the number of a request (#41)
argument-text = a text of at most 200 characters, best in quotation marks
argument-size = a size with its unit (5G, 5GiB)
argument-duration =
    { $least ->
        [none] a duration with its unit (90min, 2 h, 7d)
       *[other] a duration with its unit (90s, 5min), from { $least } to { $most }
    }
argument-proof = the six digits that your phone shows, or the signature that “manchot sign” prints, in one piece
argument-flag = this word alone
argument-choice = one of: { $choices }

## Not permitted
not-alone = I had an answer for you alone, but somebody else can read here by now. Please ask where only we two are; “jobs” tells there what became of a change.
refused-roles = It would be permitted to the role: { $roles }.
refused-help = Who can help: { $admins }.

## Too late
late = This reached me { $by } after it was written. I kept it and did not run it, since things may have changed.
late-ahead = This is dated { $by } in the future. I kept it and did not run it, since one of our clocks is wrong.
late-run = “run #{ $request }” runs it now.
too-many = You write faster than I answer those I do not know: what you write is kept, and not answered until you have been slower for a minute.

## The executor says no
failure-malformed = The executor did not understand what I sent it. Nothing was done. This is a fault of mine: please tell those who look after me.
failure-unknown-method = The executor does not know what I asked of it. Nothing was done. It may be older than I am: update it.
failure-unknown-operation = The executor does not know this operation. Nothing was done. It may be older than I am: update it.
failure-unknown-target =
    { $what ->
        [none] There is no such VM or dataset on the host. Nothing was done. “vm list” shows the VMs.
       *[other] There is no VM or dataset called “{ $what }” on the host. Nothing was done. “vm list” shows the VMs.
    }
failure-ambiguous-target =
    { $what ->
        [none] This name means more than one thing on the host. Nothing was done. Give the VM’s UUID, or the dataset’s full name.
       *[other] “{ $what }” means more than one thing on the host. Nothing was done. Give the VM’s UUID, or the dataset’s full name.
    }
failure-no-such-plan = The executor does not know the plan of this change any more. Nothing was done. Please ask again.
failure-id-reused = The executor already knows another request with the same id. What became of that one is not known here. Look before you ask again, with a new message.
failure-plan-changed = The plan is not the one that was shown. Nothing was done. Please ask again.
failure-expired = The plan has expired. Nothing was done. Please ask again.
failure-void = What the plan rested on has changed in the meantime. Nothing was done. Look at what is different, then ask again.
failure-needs-approval = This change needs approvals that it does not have. Nothing was done.
failure-paused = Changes are paused on the host: nothing new is begun until somebody resumes. Nothing was done. Questions are still answered.
failure-denied = Somebody said no to this change. Nothing was done. If it is still wanted, talk to each other, then ask again.
failure-cancelled = This change was cancelled. Nothing more is done of it.
failure-hosts-own = That was planned at the host’s own terminal: only there it can be denied or called off. Nothing has changed. Whoever administers the host says there: manchot-executor deny or cancel
failure-too-late = It is too late for that: the change is already further on. “why” tells how far.
failure-factor-unknown = No such second factor of this person is known on the host. Nothing was done. Who administers the host enrols it at its own terminal: manchot-executor enrol-factor
failure-factor-wrong = The second factor does not fit: a wrong or old code, or a signature that is not over this plan. Nothing was done. Try again with a fresh code, or sign the plan’s text again.
failure-factor-spent = This code was already used, or was seen where it may not be. Each serves once. Nothing was done. Wait for the next code, half a minute at most.
failure-factor-locked = Too many wrong codes were given for this person, so none is accepted for a while. Nothing was done. A signature still serves. If it was not you, tell who administers the host.
failure-factor-not-enough = A code is not enough for a change of this kind, and it is spent now. Nothing was done. The plan’s text must be signed.
failure-factors-unreadable = The host cannot read its list of second factors, so it accepts none. Nothing was done. Who administers the host finds out more at its own terminal: manchot-executor check
failure-protected =
    { $what ->
        [none] The target is protected on the host. Nothing was done. Only who administers the host can lift this, at its own terminal.
       *[other] “{ $what }” is protected on the host. Nothing was done. Only who administers the host can lift this, at its own terminal.
    }
failure-limit = This goes beyond a limit that is set on the host. Nothing was done. Ask for less at a time, or later.
failure-pool-unhealthy =
    { $what ->
        [none] The storage pool is not well enough for this. Nothing was done. “host” shows its health; it needs somebody’s attention first.
       *[other] The storage pool is not well enough for this ({ $what }). Nothing was done. “host” shows its health; it needs somebody’s attention first.
    }
failure-several-pools = The disks are on several pools, which cannot be taken at one and the same moment. Nothing was done. Ask for each pool’s datasets by themselves.
failure-no-disks =
    { $what ->
        [none] The VM has no disk on ZFS, so there is nothing to take. Nothing was done. “vm info” shows its disks.
       *[other] “{ $what }” has no disk on ZFS, so there is nothing to take. Nothing was done. “vm info { $what }” shows its disks.
    }
failure-disk-outside =
    { $what ->
        [none] The VM has a disk that is not known to lie on ZFS: a snapshot without it would not hold all of the VM. Nothing was done. Move that disk to a ZFS volume, or start the libvirt storage pool that it is in; or ask for the other disks’ datasets by name.
       *[other] “{ $what }” has a disk that is not known to lie on ZFS: a snapshot without it would not hold all of the VM. Nothing was done. Move that disk to a ZFS volume, or start the libvirt storage pool that it is in; or ask for the other disks’ datasets by name.
    }
failure-pool-not-served =
    { $what ->
        [none] Manchot may change nothing in that storage pool. Nothing was done. Who administers the host can allow it there: manchot-executor setup --apply --pool POOL
       *[other] Manchot may change nothing in the storage pool of “{ $what }”. Nothing was done. Who administers the host can allow it there: manchot-executor setup --apply --pool POOL
    }
failure-already-so =
    { $what ->
        [none] It is so already: there is nothing to do. Nothing was done.
       *[other] With “{ $what }” it is so already: there is nothing to do. Nothing was done.
    }
failure-wrong-state =
    { $what ->
        [none] The VM is in a state in which this cannot be done. Nothing was done. “vm list” shows its state.
       *[other] “{ $what }” is in a state in which this cannot be done. Nothing was done. “vm info { $what }” shows its state.
    }
failure-not-persistent =
    { $what ->
        [none] That VM is a transient one: once off, libvirt would not know it any more. Nothing was done. Who administers the host can make it persistent: virsh define
       *[other] “{ $what }” is a transient VM: once off, libvirt would not know it any more. Nothing was done. Who administers the host can make it persistent: virsh define
    }
failure-still-running =
    { $what ->
        [none] The VM was asked to shut down, and was still running when its time was over. It was not forced, and may still shut down by itself. Look inside it, or give it more time.
       *[other] “{ $what }” was asked to shut down, and was still running when its time was over. It was not forced, and may still shut down by itself. Look inside it, or give it more time.
    }
failure-host-failed = A command failed on the host. If it was to change something, look there whether it did.
failure-interrupted = The executor was cut off in the middle, and what became of this cannot be known for certain. Look before you ask again.
failure-too-large =
    { $what ->
        [none] The host’s answer was too large to be read whole, so I do not show a part of it as if it were all. Ask for something narrower.
       *[other] What the host has of “{ $what }” is too large for an answer, so I show none of it. Look at it from the host itself.
    }
failure-busy = The host is busy with something else on the same target. Nothing was done. Please try again in a moment.
failure-near = Similar names: { $near }.
failure-words = The host’s own words:

## The executor cannot be asked
unavailable-unreachable = I cannot reach the hypervisor. Nothing was sent to it. The VMs may well be running; please try again, and look at the network and at the executor if it lasts.
unavailable-untrusted = ATTENTION: the hypervisor’s identity has changed: its host key is not the one I was given. I sent it nothing. Either the machine was reinstalled, or somebody is standing in its place. Do not trust it until somebody has compared the key at the host’s own terminal.
unavailable-incompatible = The executor on the hypervisor speaks another version than I do. I asked nothing of it. Update the older one of the two.

## Faults and progress
fault = Something broke inside me while I worked on this. It is in my log under #{ $request }; “why #{ $request }” tells how far I came. If it was a change, look before you ask again.
progress-running =
    { $steps ->
        [none] #{ $request } is under way. Its answer will follow here.
       *[other] #{ $request } is under way (step { $step } of { $steps }). Its answer will follow here.
    }
progress-queued =
    { $until ->
        [none] #{ $request } is waiting its turn: the host’s limit of changes a minute or an hour is reached. It will run by itself.
       *[other] #{ $request } is waiting its turn: the host’s limit of changes a minute or an hour is reached. It will run by itself, at about { $until }.
    }
progress-unreachable = #{ $request } is waiting: I cannot reach the hypervisor at the moment. I keep trying, and tell you here how it ends.
progress-untrusted = #{ $request } is waiting. ATTENTION: the hypervisor’s identity has changed: its host key is not the one I was given, and I send it nothing more. Somebody must compare the key at the host’s own terminal.
progress-incompatible = #{ $request } is waiting: the executor on the hypervisor speaks another version than I do. One of the two must be updated.
progress-fault = #{ $request } is held up by a fault inside me. I keep trying; “why #{ $request }” tells how far I came.
progress-paused =
    { $who ->
        [none] #{ $request } waits: changes are paused on the host. It goes by itself once somebody says “resume”, which wants a second factor.
       *[other] #{ $request } waits: changes are paused on the host. It goes by itself once somebody says “resume”, which wants a second factor. Who may: { $who }.
    }
progress-waiting = #{ $request } waits for what is done to the same VM or dataset: { $others }{ $more ->
    [0] { "" }
   *[other] , and { $more } more
  }. It goes by itself then.
progress-shutting =
    { $until ->
        [none] #{ $request } is under way: the VM was asked to shut down. Its state now: { $state }.
       *[other] #{ $request } is under way: the VM was asked to shut down. Its state now: { $state }. It has time until { $until }; nothing is forced.
    }
progress-whole = Somebody asked to cancel it, but it has begun and is carried through.
waiting-named = #{ $request }, asked by { $who }
waiting-own = #{ $request }, which you asked for yourself
waiting-admin = #{ $request }, asked by another admin
waiting-somebody = #{ $request }, asked by somebody else
waiting-host = something that was asked for at the host’s own terminal

## Approvals
approval-wanted =
    { $kind ->
        [factor] #{ $request } is planned, and waits for one second factor. Nothing is done yet.
        [signature] #{ $request } is planned, and waits for one signature. Nothing is done yet.
        [two] #{ $request } is planned, and waits for the signatures of two persons. Nothing is done yet.
       *[other] #{ $request } is planned, and waits for: { $wants }. Nothing is done yet.
    } { $until ->
        [none] { "" }
       *[other] Without that, it lapses on { $until }.
    }
approval-plan-elsewhere = I do not show the plan here, because others can read along: “why #{ $request }” in a direct message tells it whole.
approval-ways = To say yes, one of these:
approval-sign =
    On your own machine, “manchot sign { $request } --key ~/.ssh/id_ed25519” shows the plan and signs it; { $where ->
        [here] say here the line that it prints.
       *[elsewhere] say the line that it prints in an encrypted room, from a device that you have verified.
    }
approval-host = At the host: manchot-executor approve { $request }
approval-code-here = With a code of your phone: say here “approve #{ $request } CODE”. It serves once.
approval-code = With a code of your phone: “manchot-executor approve { $request } CODE” at the host, or “approve #{ $request } CODE” in an encrypted Matrix room. Never here: I would make it useless.
approval-deny = To say no: “deny #{ $request }”.
approve-enough = #{ $request } is approved, and goes on. How it ends is told in its own thread.
approve-more =
    Your approval of #{ $request } counts. Approved so far by: { $given }. { $kind ->
        [factor] It wants one second factor.
        [signature] It wants one signature.
        [two] It wants the signatures of two persons.
       *[other] It wants: { $wants }.
    }
approve-nothing = As far as I know, #{ $request } is not a plan that waits for approvals. “jobs” shows the changes.
approve-code = I take codes in encrypted Matrix rooms only, since others could read along here, and I could not make this one useless: the executor does not answer. Nothing is approved. Use none of your codes before the next one shows; then say “approve #{ $request } CODE” in an encrypted room, or “manchot-executor approve { $request } CODE” at the host, or sign.
approve-code-burnt = I take codes in encrypted Matrix rooms only, since others could read along here: this one is now useless, and nothing is approved. Wait for your next code and say “approve #{ $request } CODE” in an encrypted room, or use it at the host (manchot-executor approve { $request } CODE), or sign.
approve-code-spent = The code that you said is useless now: take the next one.
approve-code-unknown = Whether your code arrived is not known. Once the executor answers again: if “jobs” shows that it still waits, say it again with your next code.
code-burnt = There was a code in your message. Others could read along, so it is now useless. I take codes with “approve” alone, in encrypted Matrix rooms: use the next one there, or at the host.
code-not-burnt = There are six digits in your message. If they are a code: others could read along, and I could not make it useless. Use none of your codes before the next one shows.
not-done-cancelled =
    { $by ->
        [none] #{ $request } was called off. Nothing was done.
       *[other] #{ $request } was called off by { $by }. Nothing was done.
    }
not-done-denied =
    { $by ->
        [none] #{ $request } was denied. Nothing was done.
       *[other] #{ $request } was denied by { $by }. Nothing was done.
    }
not-done-expired = #{ $request } was not approved in time. Nothing was done. Ask again if it is still wanted.
deny-none = #{ $request } is not a change that waits, or not one that you may see. “jobs” shows the changes.
deny-ended = #{ $request } is denied. Nothing was done.
deny-asked = #{ $request } has begun already: it cannot be denied any more. “cancel #{ $request }” calls it off where that is still possible.
deny-late = #{ $request } is over already. “why #{ $request }” tells how.
cancel-none = #{ $request } is not a change that waits or runs, or not one that you may see. “jobs” shows the changes.
cancel-ended = #{ $request } is called off. Nothing was done.
cancel-asked = #{ $request } runs already: it stops before its next step if there is one, else it is finished. How it ends is told in its own thread.
cancel-through = #{ $request } runs already and is carried through: halfway, it would leave what is neither as before nor as asked for. How it ends is told in its own thread.
cancel-too-late = { $by } asked to cancel this at { $when }. That came too late: it had begun, and went to its end.
cut-short = #{ $request } was called off by { $by } while it ran. Steps that were done by then, and stand: { $steps }. Nothing more is done of it.
cancel-late = #{ $request } is over already, there is nothing to call off. “why #{ $request }” tells how it ended.
pause-done = All changes are stopped: what runs is finished, nothing else begins. Facts can still be asked for. “resume” lets changes go again.
resume-done = Changes go again.

## Long answers
more-left =
    { $left ->
        [one] … and one line more: “more” shows it.
       *[other] … and { $left } lines more: “more” shows them.
    }
more-none = There is nothing more to show here.

## Help
help-head = This is what you may ask of me here:
help-command = Command
help-what = What it does
help-tail = “help <command>” tells more about one of them. French words are understood too.
help-directly = In a direct message I can do more for you than here.
help-argument = { $form }: { $expected }
help-argument-optional = { $form }: { $expected } (optional)
help-names = Names: { $names }
help-changes = It changes something on the host: it is planned, recorded and carried out exactly once.
help-reads = It changes nothing.
help-decides = It decides what becomes of a change, and is recorded.

## Who am I
whoami-person = You are { $name } ({ $id }).
whoami-roles = Your roles: { $roles }.
whoami-accounts = Accounts that I take for you:
whoami-accounts-direct = Which accounts I take for you, I tell in a direct message only.
whoami-stranger = I do not know you: { $label } belongs to nobody I was told of. An admin can make you known with this line (manchot.yaml, accounts, { $network }):
whoami-stranger-sandbox = I do not know you: { $label } is nobody whom this sandbox knows.
whoami-identity-verified = Your identity is pinned, and this device is signed by it: what you say from here counts as yours.
whoami-identity-unsigned = ATTENTION: your identity is pinned, and this device is not signed by it. I change nothing that is asked for from here; only “pause” works. If the device is yours, verify it from another of yours, or with your recovery key.
whoami-identity-other = ATTENTION: this device is signed by another identity than the one that is pinned. I change nothing that is asked for from here; only “pause” works. If you have reset your identity, an admin who is sure that it was you puts this line in the place of the old one (manchot.yaml, accounts, matrix); if not, change your password and tell an admin:
whoami-identity-unpinned = Your identity signed this device, and is not pinned. So that no other device can speak as you, an admin who is sure that it is you puts this line in the place of your Matrix ID (manchot.yaml, accounts, matrix):
whoami-identity-none = This device is not signed by an identity of yours, so there is none to pin. Set up your recovery key, or verify this device from another of yours, then ask again.
whoami-identity-clear = Identities show in encrypted rooms only: ask there which one signed your device.
whoami-identity-pinned-clear = Your identity is pinned. It shows in encrypted rooms only: here I take no approvals from you.
whoami-more = To be allowed more, ask: { $admins }.

## Host
host-good = { $host }: all that I could look at is well.
host-problems =
    { $count ->
        [one] { $host }: one problem.
       *[other] { $host }: { $count } problems.
    }
host-pool-health = The pool { $name } is { $health }.
host-pool-full = The pool { $name } is { $share } % full.
host-no-pool = No storage pool was found.
host-no-vm = No VM was found.
host-vms =
    { $all ->
        [one] 1 VM, and it is running.
       *[other] { $all } VMs, all running.
    }
host-vms-resting = { $running } of { $all } VMs are running. Not running: { $names }.
used-share = { $size } ({ $share } %)
policies-refused = The policies were changed and are NOT in force; those of before still apply. { $count ->
    [one] What is wrong
   *[other] The first of { $count } things that are wrong
  }: { $place }: { $message }. “manchot check” on my machine tells all.

## VMs
vm-and-state = { $name } ({ $state })
vm-state-running = running
vm-state-idle = idle
vm-state-paused = paused
vm-state-in-shutdown = shutting down
vm-state-shut-off = off
vm-state-crashed = crashed
vm-state-pmsuspended = suspended
vm-state-unknown = unknown
vm-list-none = There is no VM on the host.
vm-info-uuid = UUID: { $uuid }
vm-info-resources =
    { $vcpus ->
        [one] 1 processor, { $memory } of memory
       *[other] { $vcpus } processors, { $memory } of memory
    }
vm-info-autostart = Starts with the host: { $value }
vm-info-agent = Guest agent set up: { $value }
vm-info-no-disk = It has no disk.
vm-info-no-dataset = not on ZFS
vm-info-no-source = empty
vm-info-read-only = { $source } (read-only)
vm-info-addresses-unknown = Its addresses are not known: nobody on the host could tell them.
vm-info-no-address = No address of it is known on the host.
address-from-agent = the guest itself
address-from-lease = the host’s DHCP
address-from-arp = the host’s neighbours (ARP)
vm-start-done = { $name } is started ({ $state }). What runs inside it may need a moment more.
vm-stop-done = { $name } has shut down, and is off.
vm-restart-done = { $name } has shut down and is started again ({ $state }). What runs inside it may need a moment more.
vm-autostart-on = From now on { $name } starts with the host. Whether it runs now has not changed.
vm-autostart-off = From now on { $name } does not start with the host any more. Whether it runs now has not changed.
vm-screenshot = The screen of { $name }, taken on { $moment }.
vm-screenshot-alt = Picture of what the screen of the VM { $name } showed on { $moment }, { $width } × { $height } pixels.

## Pictures
picture-too-large = The picture is missing here: it has { $size } KiB, and this server takes no file of that size. Ask for it on another network, or look at the VM’s screen from the host.
picture-not-taken = The picture is missing here: this server takes no pictures. Ask for it on another network, or look at the VM’s screen from the host.
picture-refused = The picture is missing here: this server refused it (status { $status }). Ask for it on another network, or look at the VM’s screen from the host.
picture-unanswered = The picture is missing here: it could not be handed to this server, which answers badly or not at all. Ask again later, or on another network.
picture-unwritten = The picture is missing here: its file could not be written ({ $code }). Make room or name another folder, then ask again.
terminal-picture = The picture is in the file { $file }

## Columns
column-address = Address
column-autostart = Autostart
column-content = Content
column-dataset = Dataset
column-disk = Disk
column-free = Free
column-health = Health
column-known-from = Known from
column-mac = MAC
column-memory = Memory
column-note = Note
column-own = Takes up
column-pool = Pool
column-said = Said
column-size = Size
column-snapshot = Snapshot
column-source = Source
column-state = State
column-taken = Taken
column-used = Used
column-vcpus = CPUs
column-vm = VM
column-when = When
column-who = Who

## Snapshots
snapshot-done =
    { $count ->
        [one] The snapshot of { $targets } is taken.
       *[other] { $count } snapshots of { $targets } are taken, all at the same moment.
    }
snapshot-note = Note: { $note }
consistency-crash = It holds the disks as if the power had failed at that moment; after a return to it, databases recover as they do after a power cut.
consistency-filesystem = The file systems were at rest at that moment; databases recover as they do after a power cut.
consistency-application = The applications were at rest at that moment.
consistency-mixed = Where the file systems were not at rest, it holds the disks as if the power had failed at that moment; after a return to it, databases recover as they do after a power cut.
why-crash-dataset = { $target }: it is a dataset, so no guest was asked to hold still.
why-crash-no-agent = { $target }: no guest agent answers in it, so its file systems could not be asked to rest.
why-crash-off = { $target }: it was off; its disks are as it left them.
why-crash-freeze-failed =
    { $words ->
        [none] { $target }: its file systems were asked to rest, and did not.
       *[other] { $target }: its file systems were asked to rest, and did not. The host says: { $words }
    }
why-crash-thawed-early =
    { $words ->
        [none] { $target }: its file systems did rest, but not to the end.
       *[other] { $target }: its file systems did rest, but not to the end. The host says: { $words }
    }
why-crash-cut-off = { $target }: the executor was cut off meanwhile, and does not know whether its file systems were at rest.
why-crash-others = { $targets }: the file systems were at rest.
snapshots-none = { $target } has no snapshots.
snapshots-head =
    { $count ->
        [one] One snapshot of { $target }:
       *[other] { $count } snapshots of { $target }, the newest first:
    }
snapshots-newest = The { $count } newest snapshots of { $target }; there are older ones, which I do not show:

## Jobs
jobs-none-such = There is no such change. “jobs” alone shows all.
jobs-none = No change that you may see.
jobs-shown = The last { $most } at most. “why <number>” tells more.
request-state-received = received
request-state-answered = answered
request-state-accepted = accepted
request-state-planned = planned
request-state-applying = under way
request-state-done = done
request-state-cancelled = called off
request-state-denied = denied
request-state-expired = not approved in time
request-state-waiting = waits for approvals
request-state-failed = failed
request-state-late = late, kept
run-started = #{ $request } goes on. Its answer comes where it was asked for.
run-not-late = There is no late change #{ $request } of yours.

## Why
why-none = There is no request #{ $request } that you may see.
why-who = #{ $request }: { $who }, account { $account }, on { $when }, { $where }, said:
why-person = { $person } ({ $label })
why-direct = to me alone on { $network } ({ $place })
why-room = on { $network } ({ $place })
why-state = How it stands: { $state }.
why-plan = The executor’s plan, in its own words:
why-journal = What the executor recorded:
why-no-journal = The executor’s own record cannot be read at the moment.
why-reads =
    { $count ->
        [one] looked at the host: one command, which ended well
       *[other] looked at the host: { $count } commands, which all ended well
    }
key-action = action
key-argv = command line
key-atMost = at most
key-attempt = attempt
key-attempts = attempts
key-autostart = starts with the host
key-because = because
key-burnt = codes made useless
key-by = by
key-class = class
key-code = exit code
key-come = new
key-command = command
key-disks = disks
key-due = due
key-ended = how it ended
key-eventId = message
key-expired = expired
key-expires = expires
key-factor = key
key-for = for
key-given = given
key-gone = gone
key-hash = hash
key-health = health
key-id = plan
key-identity = identity
key-kind = kind
key-maximum = at most
key-meanings = meanings
key-method = what was asked
key-minutes = minutes
key-ms = duration
key-person = person
key-planned = the plan’s hash
key-pool = pool
key-pools = pools
key-queuedUntil = not before
key-reason = reason
key-recovered = found finished after a crash
key-result = result
key-rule = rule
key-rules = rules
key-run = by request
key-seconds = time given
key-signal = signal
key-since = since
key-state = state
key-stderr = its words
key-step = step
key-steps-done = steps done
key-target = target
key-through = through
key-took = took
key-tries = tries
key-until = until
key-untold = others like it, not kept
key-vm = VM
key-waiting = waiting
key-wanted = wanted
key-wants = wants
key-what = what
key-why = because
key-words = words
record-planned = planned
record-accepted = accepted
record-read = looked at the host
record-begun = step begun
record-ran = command ended
record-stepped = step done, checked on the host
record-refused = refused
record-approved = approved by { $by }, { $how }
record-factor-wrong = a wrong code was given as { $by }’s
record-cancel-asked = { $by } asked to cancel it
record-holding = the file systems of { $guests } are to rest, for { $most } at most
record-released = { $guest } goes on: nothing of it is frozen any more
record-released-early = { $guest } goes on, released before the step’s own end
record-freeze = asked the guest agent to freeze
record-thaw = asked the guest agent to thaw
record-paused = { $by } stopped all changes
record-resumed = { $by } let changes go again
record-ended = ended
record-ended-done = done
record-ended-failed = failed
record-ended-expired = expired, never applied
record-ended-denied = denied by { $by }
record-ended-cancelled = called off by { $by }
event-received = received
event-refused = not permitted
event-misunderstood = not understood
event-answered = answered
event-accepted = accepted
event-late = too late, kept
event-unanswered = not answered: too many from an account that belongs to nobody
event-planned = planned by the executor
event-applied = handed to the executor
event-queued = waiting its turn
event-progress = under way
event-expired = the plan expired, planned anew
event-approval-wanted = waits for approvals
event-code-not-burnt = a code in the message could not be spent
event-cancelled = called off
event-denied = denied
event-unapproved = not approved in time
event-done = done
event-failed = failed
event-fault = a fault inside me
event-delivered = answer delivered
event-undeliverable = answer could not be delivered
event-restarted = taken up again after a restart
event-progress-unreachable = waits: the hypervisor cannot be reached
event-progress-untrusted = waits: the hypervisor’s identity has changed
event-progress-incompatible = waits: the executor speaks another version
event-progress-fault = held up by a fault inside me
event-progress-paused = waits: changes are paused
event-progress-waiting = waits for another change
event-progress-queued = waits for the host’s limit of changes
event-progress-shutting = under way: the VM shuts down
event-progress-running = under way
event-approval-brought = an approval was brought before the executor
event-approval-given = approved in chat
event-code-burnt = a code was said here; it is useless now, and approved nothing
event-cancel-asked = asked to call it off

## The protocol’s own terms
reason-malformed = not understood
reason-unknown-method = unknown to the executor
reason-unknown-operation = unknown operation
reason-unknown-target = no such VM or dataset
reason-ambiguous-target = the name means several things
reason-no-such-plan = unknown plan
reason-id-reused = the id has another request
reason-plan-changed = not the plan that was shown
reason-expired = the plan has expired
reason-void = what the plan rested on has changed
reason-needs-approval = approvals are missing
reason-paused = changes are paused
reason-denied = somebody said no
reason-cancelled = called off
reason-hosts-own = only the host’s own terminal can end that
reason-too-late = too late for that
reason-factor-unknown = no such second factor is enrolled
reason-factor-wrong = the second factor does not fit
reason-factor-spent = the code was used already
reason-factor-locked = too many wrong codes
reason-factor-not-enough = a code is not enough for it
reason-factors-unreadable = the list of second factors cannot be read
reason-protected = protected on the host
reason-limit = beyond a limit of the host
reason-pool-unhealthy = the pool is not well enough
reason-several-pools = disks on several pools
reason-no-disks = no disk on ZFS
reason-disk-outside = a disk that is not on ZFS
reason-already-so = it was so already
reason-wrong-state = the VM’s state does not allow it
reason-not-persistent = a transient VM
reason-still-running = still running when its time was over
reason-pool-not-served = Manchot may change nothing in that pool
reason-host-failed = a command failed on the host
reason-interrupted = cut off in the middle
reason-too-large = too large an answer
reason-busy = busy
operation-state-planned = planned
operation-state-queued = waiting its turn
operation-state-running = under way
operation-state-done = done
operation-state-failed = failed
operation-state-expired = expired
operation-state-denied = denied
operation-state-cancelled = called off
class-ask = question
class-add = adds only
class-disrupt = disrupts
class-disrupt-for-good = disrupts for good
class-destroy = destroys
wants-nothing = nothing
wants-one-second-factor = one second factor
wants-one-signature = one signature
wants-signatures-of-two-enrolled-persons = signatures of two persons
factor-kind-totp = with a code
factor-kind-signature = with a signature
factor-kind-host = at the host’s own terminal
method-plan = to plan it
method-apply = to carry it out
method-approve = to approve it
method-deny = to deny it
method-cancel = to call it off
because-changed = it has changed
because-part = only a part of it stands
because-gone = its effect is gone
because-fault = a fault of the executor

## The sandbox's terminal
terminal-welcome =
    Manchot’s sandbox: the real bot, its real rules, a hypervisor that is not there.
    Nothing real is touched. Try “host”, “snapshot web”, then “why 2”.
    You are { $person }; “/as” makes you somebody else: { $people }, stranger.
    “help” says what you may ask for, “/help” what this terminal can do.
terminal-help =
    /as <person>          speak as somebody else: { $people }, or stranger
    /on <network>         pretend to write in a room of matrix, or a post on the fediverse
    /on <network> direct  the same, alone with the bot
    /on matrix encrypted  in an encrypted room; “unverified” after it: from a device that is not signed
    /late <minutes>       the next message pretends to have been sent so long ago
    /break { $what }            cuts the line to the executor; /mend { $what } mends it
    /sign <number>        approve a plan as who you are now, with a demo SSH key that only the sandbox knows
    /code <number>        the same, with a code of a demo phone
    /quit                 leave, as does Ctrl-D
    Anything else is said to the bot.
terminal-now =
    { $how ->
        [encrypted] You are { $person } on { $network } now, in an encrypted room, from a device that your identity signed.
        [unverified] You are { $person } on { $network } now, in an encrypted room, from a device that your identity did not sign.
       *[clear] You are { $person } on { $network } now.
    }
terminal-stranger = The bot knows nobody called { $name }: you are a stranger to it. It knows { $people }.
terminal-late = Your next message will have been sent { $minutes } min ago.
terminal-broken = The line “{ $what }” is cut. “/mend { $what }” mends it.
terminal-mended = The line “{ $what }” is mended.
terminal-sign-hint = In the sandbox: “/sign { $request }” signs it with a demo key, and approves it as who you are.
terminal-code-hint = “/code { $request }” approves it with a code of your demo phone, where codes are taken.
terminal-code-wait = The demo phone shows no new code yet: try again in half a minute.
terminal-sign-missing = There is no /usr/bin/ssh-keygen on this machine, which makes and checks signatures: nobody has a demo key. Install OpenSSH (apt install openssh-client), and start the sandbox again.
terminal-sign-no-key = { $person } has no demo key and no demo phone: only the sandbox’s admins have them. “/as” makes you one of them.
terminal-sign-no-plan = #{ $request } has no plan that could be signed. “jobs” shows the changes.
terminal-unknown = This terminal has no “{ $word }”. “/help” says what it can do.
terminal-usage = Usage: { $usage }
terminal-leave = Ctrl-C again, or Ctrl-D, leaves.
terminal-still-broken = The line “{ $what }” is still cut: what waits for it goes on at the next start.

## Policies explained, at the machine's terminal
explain-nobody = manchot.yaml knows nobody by the id “{ $who }”. Did you mean { $near }? There are: { $people }.
explain-allowed = Allowed: { $call }
explain-refused = Refused: { $call }
explain-who = Who: { $name } ({ $id }), roles: { $roles }
explain-stranger = Who: somebody whom I do not know
explain-not-pinned = Who: { $name } ({ $id }), of whom no account is pinned { $on }: whoever writes there is a stranger to me.
explain-where = Where: { $where }
explain-rule = Decided by: { $rules }
explain-no-rule = no rule
explain-reason = Reason: { $reason }
explain-through = Thanks to the role: { $roles }
explain-everybody = No role is needed for it.
explain-would-allow = It would be allowed:
explain-would-refuse = It would be refused:
explain-nothing-else = No other role, and no other circumstance by itself, would change that.
explain-policies = (Policies { $hash }; a running bot tells in “manchot policy log” which ones it goes by.)
explain-on-matrix = on Matrix
explain-on-fediverse = on the Fediverse
explain-on-terminal = at the terminal
explain-change-role = with the role { $role }
explain-change-no-role = without the role { $role }
explain-change-account = from a pinned account
explain-change-direct = in a direct message
explain-change-not-direct = where others can read it, too
explain-change-encrypted = encrypted from end to end
explain-change-not-encrypted = not encrypted
explain-change-local = from an account of our own server
explain-change-not-local = from an account of another server
explain-change-pinned = from an account whose identity is pinned
explain-change-not-pinned = from an account whose identity is not pinned
explain-change-verified = encrypted, from a device that the pinned identity signed
explain-change-not-verified = from a device that the pinned identity did not sign
explain-change-visibility = in a post of the visibility “{ $visibility }”
policy-log-none = No policies have taken force yet: the bot was never started with these records.
policy-log-head = { $when }: { $before } → { $after }, { $cause }; the files belong to { $who }
policy-log-first = nothing
policy-log-first-rules = The first policies that the bot knew: { $files }.
policy-log-more = There are older changes: --last { $more } shows more.
policy-log-cause-start = read at the start
policy-log-cause-signal = read at SIGHUP
policy-log-cause-files = read when the files changed

## Account on the Fediverse
enrol-bio = I am a bot: a program that helps to run a server. To learn what I can do, write “@{ $name } help” to me in a direct message.
enrol-bio-owner = Run by: { $owner }
