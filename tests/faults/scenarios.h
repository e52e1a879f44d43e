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

}  // namespace penstock::test
