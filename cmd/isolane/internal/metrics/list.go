package metrics

import "github.com/prometheus/client_golang/prometheus"

// metric is one name, with its help and its labels.
type metric struct {
	name, help string
	labels     []string
}

// The names, by what they are about. In each list the order is that of the code that gives
// the values.
const (
	buildInfo        = "isolane_build_info"
	ready            = "isolane_ready"
	memoryLimit      = "isolane_memory_limit_bytes"
	invocations      = "isolane_invocations_total"
	accepted         = "isolane_invocations_accepted_total"
	requeued         = "isolane_invocations_requeued_total"
	lateResults      = "isolane_results_late_total"
	refusals         = "isolane_refusals_total"
	cold             = "isolane_invocations_cold_total"
	cpu              = "isolane_invocation_cpu_seconds_total"
	io               = "isolane_invocation_io_seconds_total"
	pending          = "isolane_invocations_pending"
	inflight         = "isolane_invocations_inflight"
	duration         = "isolane_invocation_duration_seconds"
	queueWait        = "isolane_queue_wait_seconds"
	queueLength      = "isolane_queue_length"
	queueOldest      = "isolane_queue_oldest_seconds"
	queueNested      = "isolane_queue_nested"
	volleys          = "isolane_volleys_total"
	volleyCalls      = "isolane_volley_invocations_total"
	volleyReturned   = "isolane_volley_returned_total"
	runtimes         = "isolane_runtimes"
	runtimesWanted   = "isolane_runtimes_wanted"
	runtimeBusy      = "isolane_runtime_busy_seconds_total"
	isolatesLost     = "isolane_isolates_lost_total"
	isolatesStuck    = "isolane_isolates_stuck_total"
	stuckNow         = "isolane_isolates_stuck"
	functions        = "isolane_functions"
	functionCalls    = "isolane_function_invocations_total"
	functionDuration = "isolane_function_duration_seconds"
	functionCPU      = "isolane_function_cpu_seconds_total"
	bridgeReceived   = "isolane_bridge_messages_total"
	bridgeRefused    = "isolane_bridge_refused_total"
	bridgePending    = "isolane_bridge_pending_messages"
	bridgeBytes      = "isolane_bridge_pending_bytes"
	bridgeUntold     = "isolane_bridge_publish_failures_total"
	bridgeTooLarge   = "isolane_bridge_replies_too_large_total"
	bridgeDropped    = "isolane_bridge_dropped_messages_total"
	bridgeRestarts   = "isolane_bridge_restarts_total"
	natsConnected    = "isolane_nats_connected"
	natsReconnects   = "isolane_nats_reconnects_total"
	natsBytes        = "isolane_nats_bytes_total"
	natsMessages     = "isolane_nats_messages_total"
	natsDisconnects  = "isolane_nats_disconnects_total"
	natsErrors       = "isolane_nats_errors_total"
	natsLameDucks    = "isolane_nats_lame_ducks_total"
	sendFailures     = "isolane_function_sends_failed_total"
	sendsPending     = "isolane_function_sends_pending"
	sendsBytes       = "isolane_function_sends_pending_bytes"
	filed            = "isolane_delayed_messages_total"
	keyCalls         = "isolane_function_key_calls_total"
	keyCallsPending  = "isolane_function_key_calls_pending"
	keyCallDuration  = "isolane_function_key_call_duration_seconds"
	bucketFaults     = "isolane_bucket_faults_total"
	bucketsFailing   = "isolane_buckets_failing"
	consoleDropped   = "isolane_console_lines_dropped_total"
	spansSent        = "isolane_trace_spans_exported_total"
	spansLost        = "isolane_trace_spans_lost_total"
	spansQueued      = "isolane_trace_spans_queued"
	triggers         = "isolane_triggers"
	triggerHeld      = "isolane_trigger_held_messages"
	triggerBytes     = "isolane_trigger_held_bytes"
	triggerReceived  = "isolane_trigger_deliveries_total"
	triggerAgain     = "isolane_trigger_redeliveries_total"
	triggerNaks      = "isolane_trigger_naks_total"
	triggerLetters   = "isolane_trigger_dead_letters_total"
	triggerUnburied  = "isolane_trigger_dead_letters_failed_total"
	triggerRecords   = "isolane_trigger_records_total"
	triggerUnkept    = "isolane_trigger_records_failed_total"
	triggerFaults    = "isolane_trigger_faults_total"
	triggerBatches   = "isolane_trigger_batches_total"
	triggerUntold    = "isolane_trigger_acks_failed_total"
	triggerSilent    = "isolane_trigger_lost_pulls_total"
	triggerSpared    = "isolane_trigger_spared_total"
	triggerPoisoned  = "isolane_trigger_poisoned_total"
	schedules        = "isolane_schedules"
	scheduleTimes    = "isolane_schedule_times_total"
	scheduleFaults   = "isolane_schedule_faults_total"
	scheduleAhead    = "isolane_schedules_ahead_total"
	keyedActive      = "isolane_keyed_active"
	keyedBytes       = "isolane_keyed_active_bytes"
	keyedRead        = "isolane_keyed_activations_total"
	keyedReached     = "isolane_keyed_reached_total"
	keyedPassivated  = "isolane_keyed_passivations_total"
	keyedCommits     = "isolane_keyed_commits_total"
	keyedApplied     = "isolane_keyed_applied_again_total"
	keyedAlarms      = "isolane_keyed_alarms"
	keyedFired       = "isolane_keyed_alarms_fired_total"
	keyedAlarmFails  = "isolane_keyed_alarms_failed_total"
	keyedHanded      = "isolane_keyed_handed_total"
	keyedServed      = "isolane_keyed_served_total"
	keyedCalls       = "isolane_keyed_calls_total"
	keyedCrossed     = "isolane_keyed_calls_crossed_total"
	keyedForgotten   = "isolane_keyed_calls_forgotten_total"
	keyedWaiting     = "isolane_keyed_calls_waiting"
	spills           = "isolane_spills_total"
	spilledAway      = "isolane_spilled_pending"
	members          = "isolane_cluster_members"
	calls            = "isolane_cluster_calls_total"
	callFailures     = "isolane_cluster_call_failures_total"
	callsPending     = "isolane_cluster_calls_pending"
	breakersOpen     = "isolane_cluster_breakers_open"
	fenced           = "isolane_cluster_fenced_total"
	rejected         = "isolane_cluster_rejected_total"
)

// list has every metric of ours.
func list() []metric {
	return []metric{
		{buildInfo, "What the binary was built from; always 1.", []string{"version", "go_version"}},
		{ready, "1 where the node serves, 0 where /readyz says why not.", nil},
		{memoryLimit, "How much memory the process may use: its control group's limit, or the machine's; not shown where the system does not tell.", nil},
		{invocations, "Answers by outcome, refusals included.", []string{"outcome"}},
		{accepted, "Invocations that were queued.", nil},
		{requeued, "Invocations that were put back since an isolate died under them.", nil},
		{lateResults, "Results that came after the answer was given, and were dropped.", nil},
		{refusals, "Invocations that were refused since others waited: too long (waiting), since their function had its part of the queue (function_share), or since they would have waited for themselves (ring).", []string{"reason"}},
		{cold, "Answers whose receipt says that a context was made for them.", nil},
		{cpu, "Time in JavaScript, as the receipts of the answers say.", nil},
		{io, "Time in which invocations waited for what they had asked for, as the receipts of the answers say.", nil},
		{pending, "Accepted invocations without an answer.", nil},
		{inflight, "Invocations that have started and not settled.", nil},
		{duration, "From when the node took an accepted invocation on to its answer.", nil},
		{queueWait, "How long invocations that started had waited for it.", nil},
		{queueLength, "Invocations that wait to start.", nil},
		{queueOldest, "How long ago the first of those that wait was received.", nil},
		{queueNested, "Of the invocations that wait to start, those that functions called, and wait for.", nil},
		{volleys, "How often a runtime took several cheap invocations of a function at a time.", nil},
		{volleyCalls, "Invocations that were taken so.", nil},
		{volleyReturned, "Those of them that went back into the queue since the ones before took too long.", nil},
		{runtimes, "Runtimes by state: starting, idle, busy, draining, backoff.", []string{"state", "kind"}},
		{runtimesWanted, "How many shared runtimes there are to be.", nil},
		{runtimeBusy, "How long shared runtimes were in turns, all together.", nil},
		{isolatesLost, "Isolates that died or could not be made.", nil},
		{isolatesStuck, "Isolates that were given up since a turn could not be stopped.", nil},
		{stuckNow, "Turns that cannot be stopped and still hold a thread.", nil},
		{functions, "Functions by state: served, broken (their files as they are now cannot be), quarantined.", []string{"state"}},
		{functionCalls, "Answers of a function by outcome; _other has those without series of their own.", []string{"function", "outcome"}},
		{functionDuration, "As isolane_invocation_duration_seconds, of a function.", []string{"function"}},
		{functionCPU, "As isolane_invocation_cpu_seconds_total, of a function.", []string{"function"}},
		{bridgeReceived, "Messages that NATS delivered to the bridge.", nil},
		{bridgeRefused, "Messages that the bridge answered by itself.", []string{"reason"}},
		{bridgePending, "Messages that the bridge holds until they are answered.", nil},
		{bridgeBytes, "Bytes of payload of these.", nil},
		{bridgeUntold, "Replies that the connection did not take.", nil},
		{bridgeTooLarge, "Replies that were larger than the server takes; their callers were told.", nil},
		{bridgeDropped, "Messages that the NATS client dropped since they were not read in time.", nil},
		{bridgeRestarts, "Restarts of the bridge's actor.", nil},
		{natsConnected, "1 while there is a connection to NATS.", nil},
		{natsReconnects, "How often the connection was made again.", nil},
		{natsBytes, "Bytes of payload over the connection.", []string{"direction"}},
		{natsMessages, "Messages over the connection.", []string{"direction"}},
		{natsDisconnects, "How often the connection was lost.", nil},
		{natsErrors, "What the server or the client said was wrong: a slow consumer (slow_consumer), a subject that is not granted (permission), credentials that are refused (authorization), or other.", []string{"kind"}},
		{natsLameDucks, "How often a server said that it is about to shut down.", nil},
		{sendFailures, "What functions published, requested, stored or called by ctx.nats, ctx.kv and ctx.call and had an error for, by its name.", []string{"error"}},
		{sendsPending, "Of what functions sent, how much the server has not answered yet.", nil},
		{sendsBytes, "Bytes of payload of these.", nil},
		{filed, "Messages that functions published for later, and the server has stored.", nil},
		{keyCalls, "Calls of keys' methods (ctx.call) by functions of this node, by how they ended: ok, or the name of the error; a method that failed is CallError, a cycle that was refused CycleError.", []string{"result"}},
		{keyCallsPending, "Calls of these that wait for their answer.", nil},
		{keyCallDuration, "How long calls of these took that were sent, whatever came of them.", nil},
		{bucketFaults, "How often a bucket of the nodes could not be followed: that of what members share, or that of deployed functions.", []string{"bucket"}},
		{bucketsFailing, "Of what is followed in such a bucket, how much cannot be now.", []string{"bucket"}},
		{consoleDropped, "Lines of console output that were not published.", nil},
		{spansSent, "Spans that the collector took.", nil},
		{spansLost, "Spans that were dropped since the queue was full (queue_full), or sent and not taken (collector).", []string{"reason"}},
		{spansQueued, "Spans that wait to be sent.", nil},
		{triggers, "Triggers on streams by state: served, or failing. Kinds are stream, schedule and delayed.", []string{"kind", "state"}},
		{triggerHeld, "Messages of streams that the node has now.", []string{"kind"}},
		{triggerBytes, "Bytes of payload of these.", []string{"kind"}},
		{triggerReceived, "Deliveries of streams' messages.", []string{"kind"}},
		{triggerAgain, "Those of them that were not a message's first.", []string{"kind"}},
		{triggerNaks, "Messages given back for another delivery.", []string{"kind"}},
		{triggerLetters, "Messages given up as dead letters.", []string{"kind"}},
		{triggerUnburied, "Dead letters that could not be stored; their messages were kept.", []string{"kind"}},
		{triggerRecords, "Records of runs that were kept, for isolane replay.", []string{"kind"}},
		{triggerUnkept, "Records of runs that could not be kept, and are lost.", []string{"kind"}},
		{triggerFaults, "How often a trigger could not be served.", []string{"kind"}},
		{triggerBatches, "Invocations that were for a batch of messages.", []string{"kind"}},
		{triggerUntold, "Acks, naks and the like that the connection did not take; their messages come again.", []string{"kind"}},
		{triggerSilent, "Pull requests of which the server said nothing for too long.", []string{"kind"}},
		{triggerSpared, "Runs again at once of messages whose isolate another one ended.", []string{"kind"}},
		{triggerPoisoned, "Dead letters of messages that ended two isolates.", []string{"kind"}},
		{schedules, "Schedules of the functions by state: kept, or failing.", []string{"state"}},
		{scheduleTimes, "Due times by what this member did: published, or left_out since the run before went on.", []string{"what"}},
		{scheduleFaults, "How often schedules could not be kept.", nil},
		{scheduleAhead, "How often a schedule had a time on record that is yet to come, as if the NATS server's clock had been put back.", nil},
		{keyedActive, "Idle keys of keyed functions whose states the node has at hand.", []string{"kind"}},
		{keyedBytes, "About how many bytes those take.", []string{"kind"}},
		{keyedRead, "States of keys that were read from their bucket.", []string{"kind"}},
		{keyedReached, "States of keys that were at hand when a message came.", []string{"kind"}},
		{keyedPassivated, "States of keys that were let go.", []string{"kind"}},
		{keyedCommits, "Writes of states of keys.", []string{"kind"}},
		{keyedApplied, "Messages that came again and were in the state already.", []string{"kind"}},
		{keyedAlarms, "Keys of keyed functions of which the node knows when their alarms are due.", []string{"kind"}},
		{keyedFired, "Alarms of keys that fired and are in their states.", []string{"kind"}},
		{keyedAlarmFails, "Runs of alarms of keys that failed.", []string{"kind"}},
		{keyedHanded, "Messages of keys that were handed to the member that runs the key.", []string{"kind"}},
		{keyedServed, "Messages of keys that were taken from the member that has their order.", []string{"kind"}},
		{keyedCalls, "Calls of keys' methods that this node, which has the order of the keys, answered.", []string{"outcome"}},
		{keyedCrossed, "Calls of keys that were refused here since what runs of the key waits for their caller.", []string{"kind"}},
		{keyedForgotten, "Calls of keys that were refused here since an earlier attempt, or its answer, is forgotten.", []string{"kind"}},
		{keyedWaiting, "Calls of keys that are here, and have no answer yet.", []string{"kind"}},
		{spills, "Invocations between members: out to a peer, in from one, returned unrun, lost with a peer, run again for that.", []string{"what"}},
		{spilledAway, "Invocations that a peer has, or is offered.", nil},
		{members, "Members of the cluster, as this one sees them.", []string{"state"}},
		{calls, "Calls between members.", []string{"direction"}},
		{callFailures, "Calls of this member that failed.", []string{"reason"}},
		{callsPending, "Calls of this member that are open.", nil},
		{breakersOpen, "Peers that are not called since calls failed.", nil},
		{fenced, "How often this member began anew under another id.", nil},
		{rejected, "What the port for calls turned away.", []string{"what"}},
	}
}

// descs are the descriptions by name.
func descs() map[string]*prometheus.Desc {
	all := map[string]*prometheus.Desc{}
	for _, m := range list() {
		all[m.name] = prometheus.NewDesc(m.name, m.help, m.labels, nil)
	}
	return all
}

// Names are the metrics of ours, in the order of the documentation.
func Names() []string {
	var names []string
	for _, m := range list() {
		names = append(names, m.name)
	}
	return names
}
