"""The inter-ROR search of 2016 (G1): its question and its answer, everything below the wrapper unqualified."""
