// What runs with a deliberate bug planted: calls in which every kind of object is made, found by
// workers, and destroyed. Each fails the test that runs when a proof does.
#pragma once

namespace penstock::test {

// Three people on two workers publish, subscribe, stop, come back, leave and vanish; a worker and
// the control plane stand still for a while; the workers' iterations fall into the calls of the
// control plane.
void run_call();

// Creates of the registry with every pool take failing in turn.
void run_creates_with_failures();

// Requests of the Janus API with every point of them failing in turn.
void run_attach_with_failures();
void run_join_with_failures();
void run_dummy_room_with_failures();
void run_publish_with_failures();
void run_restart_with_failures();

// A room with a dummy publisher is made and destroyed.
void run_dummy_room();

}  // namespace penstock::test
