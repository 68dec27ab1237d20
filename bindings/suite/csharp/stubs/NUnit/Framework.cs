using System;

namespace NUnit.Framework
{
    [AttributeUsage(AttributeTargets.Method)]
    public class TestAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method)]
    public class TearDownAttribute : Attribute
    {
    }

    public static class Assert
    {
        public static void AreEqual(object expected, object actual)
        {
            if (!Equals(expected, actual)) throw new Exception("it is " + actual + ", not " + expected);
        }

        public static void IsNull(object anObject, string message, params object[] args)
        {
            if (anObject != null) throw new Exception("not null: " + message);
        }

        public static void IsNotEmpty(string aString)
        {
            if (string.IsNullOrEmpty(aString)) throw new Exception("it is empty");
        }
    }

    public static class StringAssert
    {
        public static void Contains(string expected, string actual)
        {
            if (!actual.Contains(expected)) throw new Exception(actual + " does not contain " + expected);
        }

        public static void StartsWith(string expected, string actual)
        {
            if (!actual.StartsWith(expected, StringComparison.Ordinal)) throw new Exception(actual + " does not start with " + expected);
        }
    }
}
