/* A shared library that does nothing: what a call of any library costs. */
__attribute__((visibility("default"))) int empty(void) { return 0; }
