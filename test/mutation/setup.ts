import fc from 'fast-check';

// A mutant is noticed with the first counterexample; the smallest one costs much and tells nobody anything.
fc.configureGlobal({ endOnFailure: true });
