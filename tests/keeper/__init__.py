"""Tests of the keeper: no Ape, one chain per test that needs one."""
