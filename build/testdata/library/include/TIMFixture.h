int TIMFixture(int number);
