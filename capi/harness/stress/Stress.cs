// The library under Mono's collectors: threads that allocate, a loop that collects, threads
// that call, callbacks that allocate, null dereferences on every kind of thread, threads that
// come and go, init and uninit all the while, and a login in flight for part of the time.
//
//   mono Stress.exe thread|pump SECONDS FOLDER
//
// FOLDER is for the library's files. It prints one line of figures, which begins with the
// library's version: a library beside Stress.exe goes before all others. It exits with 0 only
// if every accepted call was answered exactly once, no callbacks overlapped, and every null
// dereference was caught.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

[UnmanagedFunctionPointer(CallingConvention.Cdecl)]
delegate void TIMCommCallback(int code, IntPtr desc, IntPtr json, IntPtr userData);

[UnmanagedFunctionPointer(CallingConvention.Cdecl)]
delegate void TIMNetworkStatusListenerCallback(int status, int code, IntPtr desc, IntPtr userData);

static class Native
{
    const string Library = "ImSDK";
    const CallingConvention C = CallingConvention.Cdecl;

    [DllImport(Library, CallingConvention = C)] internal static extern int TIMInit(ulong appId, byte[] config);
    [DllImport(Library, CallingConvention = C)] internal static extern int TIMUninit();
    [DllImport(Library, CallingConvention = C)] internal static extern int TIMGetLoginStatus();
    [DllImport(Library, CallingConvention = C)] internal static extern int TIMGetLoginUserID(byte[] buffer);
    [DllImport(Library, CallingConvention = C)] internal static extern ulong TIMGetServerTime();
    [DllImport(Library, CallingConvention = C)] internal static extern IntPtr TIMGetSDKVersion();
    [DllImport(Library, CallingConvention = C)] internal static extern int TIMXPump(uint budgetUs);
    [DllImport(Library, CallingConvention = C)] internal static extern int TIMXSetCallbackMode(int mode);
    [DllImport(Library, CallingConvention = C)]
    internal static extern int TIMSetConfig(byte[] config, TIMCommCallback cb, IntPtr userData);
    [DllImport(Library, CallingConvention = C)]
    internal static extern int TIMGetUserStatus(byte[] users, TIMCommCallback cb, IntPtr userData);
    [DllImport(Library, CallingConvention = C)]
    internal static extern int TIMLogin(byte[] user, byte[] sig, TIMCommCallback cb, IntPtr userData);
    [DllImport(Library, CallingConvention = C)]
    internal static extern int TIMLogout(TIMCommCallback cb, IntPtr userData);
    [DllImport(Library, CallingConvention = C)]
    internal static extern void TIMSetNetworkStatusListenerCallback(TIMNetworkStatusListenerCallback cb, IntPtr userData);
}

/// <summary>Every call from its start to its answer.</summary>
static class Calls
{
    const int Slots = 1 << 14; // a power of two
    const int MostWaiting = 1000;

    static readonly long[] waiting = new long[Slots]; // the call's number, at its number modulo Slots
    static long last, accepted, answered, refused;

    internal static long Accepted { get { return Interlocked.Read(ref accepted); } }
    internal static long Answered { get { return Interlocked.Read(ref answered); } }
    internal static long Refused { get { return Interlocked.Read(ref refused); } }

    /// <summary>Makes one call; its number is its user_data.</summary>
    internal static void Start(Func<IntPtr, int> call)
    {
        while (Accepted - Answered > MostWaiting) Thread.Sleep(1); // more would only be a longer queue
        long number;
        do number = Interlocked.Increment(ref last);
        while (Interlocked.CompareExchange(ref waiting[number % Slots], number, 0) != 0); // taken by a slow login
        if (call(new IntPtr(number)) == 0)
        {
            Interlocked.Increment(ref accepted);
            return;
        }
        Interlocked.Increment(ref refused);
        if (!Take(number)) Stress.Wrong("a refused call was answered");
    }

    internal static void End(long number)
    {
        if (!Take(number)) Stress.Wrong("a call was answered twice, or never made");
        Interlocked.Increment(ref answered);
    }

    static bool Take(long number)
    {
        return Interlocked.CompareExchange(ref waiting[number % Slots], 0, number) == number;
    }
}

/// <summary>Null dereferences, which Mono turns from a signal into an exception.</summary>
static class Nulls
{
    sealed class Box { internal int Value = 1; }

    static long tried, caught;

    internal static long Tried { get { return Interlocked.Read(ref tried); } }
    internal static long Caught { get { return Interlocked.Read(ref caught); } }

    internal static void Try()
    {
        Interlocked.Increment(ref tried);
        try { Read(null); }
        catch (NullReferenceException) { Interlocked.Increment(ref caught); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Read(Box box) { return box.Value; }
}

/// <summary>A list that a collector must keep whole while it is on a thread's stack alone.</summary>
sealed class Link
{
    readonly Link next;
    readonly int[] numbers;

    Link(Link next, int n)
    {
        this.next = next;
        numbers = new int[1 + n % 60];
        numbers[n % numbers.Length] = n;
    }

    internal static Link Build(int count)
    {
        Link head = null;
        for (var n = 0; n < count; n++) head = new Link(head, n);
        return head;
    }

    internal static void Check(Link link, int count)
    {
        var n = count;
        for (; link != null; link = link.next)
        {
            n--;
            if (link.numbers.Length != 1 + n % 60 || link.numbers[n % link.numbers.Length] != n) break;
        }
        if (n != 0) Stress.Wrong("the collector lost an object");
    }
}

static class Stress
{
    // Native code holds them, and Mono would free a delegate that nothing managed holds.
    static readonly TIMCommCallback Answer = OnAnswer;
    static readonly TIMNetworkStatusListenerCallback Network = OnNetwork;

    static readonly byte[] User = Text("ann"), Ticket = Text("ticket"), Users = Text("[\"bob\"]");
    static readonly byte[] Config = Text("{\"set_config_log_level\":6}"), BadConfig = Text("{\"set_config_log_level\"");

    static volatile bool ending, pumpEnds;
    static bool pump;
    static string wrong;
    static int inside;
    static long events, collections, threads, rounds;

    internal static void Wrong(string what) { Interlocked.CompareExchange(ref wrong, what, null); }

    static byte[] Text(string text) { return Encoding.UTF8.GetBytes(text + "\0"); }

    static void Enter()
    {
        // An attached thread keeps the process alive unless it is a background thread.
        if (!pump) Thread.CurrentThread.IsBackground = true;
        if (Interlocked.Increment(ref inside) != 1) Wrong("callbacks overlapped");
    }

    static void Leave()
    {
        Link.Check(Link.Build(10), 10);
        Interlocked.Decrement(ref inside);
    }

    static void OnAnswer(int code, IntPtr desc, IntPtr json, IntPtr userData)
    {
        Enter();
        if (Marshal.PtrToStringAnsi(desc) == null || Marshal.PtrToStringAnsi(json) == null) Wrong("a text is NULL");
        if (userData.ToInt64() % 64 == 0) Nulls.Try();
        Calls.End(userData.ToInt64());
        Leave();
    }

    static void OnNetwork(int status, int code, IntPtr desc, IntPtr userData)
    {
        Enter();
        if (Marshal.PtrToStringAnsi(desc) == null) Wrong("a text is NULL");
        Interlocked.Increment(ref events);
        Leave();
    }

    static void Allocate()
    {
        while (!ending)
        {
            Link.Check(Link.Build(2000), 2000);
            Nulls.Try();
        }
    }

    static void Collect()
    {
        while (!ending)
        {
            GC.Collect();
            if (Interlocked.Increment(ref collections) % 4 == 0) Thread.Sleep(1);
        }
    }

    static void Call()
    {
        var buffer = new byte[128];
        for (var i = 1; !ending; i++)
        {
            var kept = Link.Build(20);
            for (var n = 0; n < 20; n++) Get(buffer);
            Calls.Start(data => Native.TIMSetConfig(i % 2 == 0 ? null : BadConfig, Answer, data));
            Calls.Start(data => Native.TIMSetConfig(Config, Answer, data));
            Calls.Start(data => Native.TIMGetUserStatus(Users, Answer, data));
            if (i % 50 == 0) Calls.Start(data => Native.TIMLogin(User, Ticket, Answer, data));
            if (i % 500 == 0) Calls.Start(data => Native.TIMLogout(Answer, data));
            if (i % 8 == 0) Nulls.Try();
            Link.Check(kept, 20);
        }
    }

    static void Get(byte[] buffer)
    {
        Native.TIMGetLoginStatus();
        Native.TIMGetServerTime();
        if (Native.TIMGetLoginUserID(buffer) != 0) Wrong("TIMGetLoginUserID was refused");
        if (Native.TIMGetSDKVersion() == IntPtr.Zero) Wrong("no version");
    }

    /// <summary>Threads that live for one call.</summary>
    static void Churn()
    {
        while (!ending)
        {
            var thread = Begin(() =>
            {
                var kept = Link.Build(100);
                Get(new byte[128]);
                Calls.Start(data => Native.TIMGetUserStatus(Users, Answer, data));
                Nulls.Try();
                Link.Check(kept, 100);
            });
            thread.Join();
            Interlocked.Increment(ref threads);
        }
    }

    static void Pump()
    {
        while (!pumpEnds)
        {
            if (Native.TIMXPump(1000) == 0) Thread.Sleep(1);
        }
    }

    static Thread Begin(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        return thread;
    }

    /// <summary>Init and uninit until the time is over; leaves the library initialised.</summary>
    static void Live(byte[] config, DateTime end)
    {
        for (;;)
        {
            if (Native.TIMInit(1400000000, config) != 0) Wrong("TIMInit was refused");
            rounds++;
            Thread.Sleep((int)(rounds % 5) * 60);
            if (DateTime.UtcNow >= end) return;
            if (Native.TIMUninit() != 0) Wrong("TIMUninit was refused");
            Thread.Sleep((int)(rounds % 3) * 10);
        }
    }

    static int Main(string[] args)
    {
        pump = args[0] == "pump";
        var config = Text("{\"sdk_config_server_url\":\"ws://127.0.0.1:1\",\"sdk_config_callback_mode\":\"" + args[0] +
            "\",\"sdk_config_config_file_path\":\"" + args[2] + "\",\"sdk_config_log_file_path\":\"" + args[2] + "\"}");
        var end = DateTime.UtcNow.AddSeconds(int.Parse(args[1]));
        Native.TIMXSetCallbackMode(pump ? 1 : 0);
        Native.TIMSetNetworkStatusListenerCallback(Network, IntPtr.Zero);
        var working = new List<Thread>();
        foreach (var work in new ThreadStart[] { Allocate, Allocate, Allocate, Collect, Call, Call, Churn }) working.Add(Begin(work));
        var pumping = pump ? Begin(Pump) : null;

        Live(config, end);
        ending = true;
        foreach (var thread in working) thread.Join();
        if (Native.TIMUninit() != 0) Wrong("TIMUninit was refused");
        pumpEnds = true;
        if (pumping != null) pumping.Join();
        return Report();
    }

    static int Report()
    {
        if (Calls.Answered != Calls.Accepted) Wrong("after TIMUninit a call had no answer");
        if (Nulls.Caught != Nulls.Tried) Wrong("a null dereference was not caught");
        if (Calls.Answered == 0 || Nulls.Tried == 0 || events == 0 || threads == 0) Wrong("the stress was none");
        Console.WriteLine("{0}: accepted {1} answered {2} refused {3} events {4} nulls {5} of {6} collections {7} threads {8} rounds {9}: {10}",
            Marshal.PtrToStringAnsi(Native.TIMGetSDKVersion()), Calls.Accepted, Calls.Answered, Calls.Refused, events,
            Nulls.Caught, Nulls.Tried, collections, threads, rounds, wrong ?? "ok");
        return wrong == null ? 0 : 1;
    }
}
