void fixture_ready(void);
