using System;
using BanterEditor;
using NUnit.Framework;

namespace BanterTests
{
    public sealed class EventRingTests
    {
        [Test]
        public void AnEmptyOneHasNoLines()
        {
            Assert.AreEqual(0, new EventRing(3).ToArray().Length);
        }

        [Test]
        public void TheNewestComesFirst()
        {
            var ring = new EventRing(3);
            ring.Add(new DateTime(2020, 1, 2, 3, 4, 5, 67), "one");
            ring.Add(new DateTime(2020, 1, 2, 3, 4, 6), "two");
            Assert.AreEqual("03:04:06.000  two|03:04:05.067  one", string.Join("|", ring.ToArray()));
        }

        [Test]
        public void TheOldestIsForgotten()
        {
            var ring = new EventRing(3);
            for (var i = 0; i < 100; i++) ring.Add(DateTime.MinValue, i.ToString());
            Assert.AreEqual(3, ring.Count);
            StringAssert.Contains("97", ring.ToArray()[2]);
        }
    }
}
