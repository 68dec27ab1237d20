// Tests of the C# client against the built library and a real server, without a framework:
//
//   mono Tests.exe SERVER.json FOLDER apart|together NAME...
//
// SERVER.json is what `banterd dev` says of itself, with an administrator's ticket. FOLDER is
// for files. Tests that spend their time waiting may run together, each on a thread and with a
// client of its own. It prints a line for each test and exits with 0 if all passed.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Threading;

static class Program
{
    static int Main(string[] args)
    {
        Server.Load(File.ReadAllText(args[0]));
        Game.Root = args[1];
        var failed = 0;
        var running = new List<Thread>();
        for (var i = 3; i < args.Length; i++)
        {
            var name = args[i];
            var test = new Thread(() =>
            {
                if (!Passes(name)) Interlocked.Increment(ref failed);
            });
            test.Start();
            running.Add(test);
            if (args[2] == "apart") test.Join();
        }
        foreach (var test in running) test.Join();
        return failed == 0 ? 0 : 1;
    }

    static bool Passes(string name)
    {
        var taken = Stopwatch.StartNew();
        try
        {
            var words = name.Split('.');
            var method = Assembly.GetExecutingAssembly().GetType(words[0], true).GetMethod(words[1], BindingFlags.Static | BindingFlags.Public);
            if (method == null) throw new MissingMethodException(name);
            try
            {
                method.Invoke(null, null);
            }
            catch (TargetInvocationException e)
            {
                throw new Exception(e.InnerException.Message, e.InnerException);
            }
        }
        catch (Exception e)
        {
            Console.WriteLine("FAIL {0}: {1}", name, e);
            return false;
        }
        Console.WriteLine("PASS {0} {1} ms", name, taken.ElapsedMilliseconds);
        return true;
    }
}

/// <summary>What a test holds to be true.</summary>
static class Check
{
    internal static void True(bool condition, string what)
    {
        if (!condition) throw new Exception("not true: " + what);
    }

    internal static void Equal<T>(T want, T got, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(want, got)) throw new Exception(what + " is " + got + ", not " + want);
    }
}
