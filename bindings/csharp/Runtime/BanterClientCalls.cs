using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>The way into the library, and the way of answers and events out of it.</summary>
    public sealed partial class BanterClient
    {
        // The pump runs these first: what is to be said on its thread, and came up on another.
        readonly ConcurrentQueue<Action> forPump = new ConcurrentQueue<Action>();

        [ThreadStatic] static int callbackDepth;

#if UNITY_EDITOR
        /// <summary>Told of each ticket that is used, so that the editor's window can say whose it is and how
        /// long it is good.</summary>
        internal static Action<BanterClient, string> TicketWatcher;
#endif

        int pending;
        int lastStatus = (int)LoginStatus.UnLogined;

        internal Task<string> Start(Func<TIMCommCallback, IntPtr, int> native, CancellationToken cancel)
        {
            return new TextCall(this, null).Start(data => native(TextCall.OnAnswer, data), cancel);
        }

        internal Task<string> StartMessage(Action<string> messageId, Func<TIMCommCallback, TIMCommCallback, IntPtr, int> native,
            CancellationToken cancel)
        {
            var first = messageId == null ? null : TextCall.OnMessageId;
            return new TextCall(this, messageId).Start(data => native(first, TextCall.OnAnswer, data), cancel);
        }

        internal Task<string> StartProgress(Action<string> progress, Func<TIMCommCallback, IntPtr, int> native, CancellationToken cancel)
        {
            return new TextCall(this, progress).Start(data => native(TextCall.OnProgress, data), cancel);
        }

        internal Task<ReadMemberPage> StartMembers(Func<TIMMsgGroupMessageReadMemberListCallback, IntPtr, int> native,
            CancellationToken cancel)
        {
            return new MembersCall(this).Start(data => native(MembersCall.OnAnswer, data), cancel);
        }

        /// <summary>Calls into the library with this client selected.</summary>
        internal T Run<T>(Func<T> native)
        {
            using (new NativeScope(handle)) return native();
        }

        internal void Select(Action native)
        {
            using (new NativeScope(handle)) native();
        }

        internal Task<string> Login(string userId, string userSig, CancellationToken cancel)
        {
            renewal.Watch(userId);
            return StartLogin(userId, userSig, cancel);
        }

        internal Task<string> StartLogin(string userId, string userSig, CancellationToken cancel)
        {
#if UNITY_EDITOR
            var watcher = TicketWatcher;
            if (watcher != null) watcher(this, userSig);
#endif
            var answer = Start((cb, data) => NativeMethods.TIMLogin(Utf8.Bytes(userId), Utf8.Bytes(userSig), cb, data), cancel);
            NoticeStatusAfterCall();
            return answer;
        }

        internal Task<string> Logout(CancellationToken cancel)
        {
            renewal.Stop();
            var answer = Start((cb, data) => NativeMethods.TIMLogout(cb, data), cancel);
            NoticeStatusAfterCall();
            return answer;
        }

        /// <summary>Pumps a client that has called into the library, which is loaded then.</summary>
        internal void PumpIfUsed(uint budgetMicroseconds)
        {
            if (modeChosen) Pump(budgetMicroseconds);
        }

        internal void CallBegins()
        {
            ChooseMode();
            Interlocked.Increment(ref pending);
        }

        internal void CallEnds()
        {
            Interlocked.Decrement(ref pending);
        }

        /// <summary>Before the first call: a call made before InitAsync is answered in the mode that will
        /// hold then, and not by a thread that nobody expects.</summary>
        void ChooseMode()
        {
            if (modeChosen) return;
            Select(() => NativeMethods.TIMXSetCallbackMode(mode));
            modeChosen = true; // after: a library that is not there was never called
        }

        /// <summary>What every callback begins with.</summary>
        internal void EnterCallback()
        {
            // A thread of the library is attached to the runtime by its first callback, and would keep
            // the process alive.
            if (mode == CallbackMode.Thread) Thread.CurrentThread.IsBackground = true;
        }

        /// <summary>What every callback ends with. The pump looks at the status once, at its end.</summary>
        internal void LeaveCallback()
        {
            if (mode == CallbackMode.Thread) NoticeStatus();
        }

        /// <summary>Runs an event where the game expects it: here, when here is the pump or when InitAsync
        /// found no context, else on the context.</summary>
        internal void Raise(Action run)
        {
            var to = context;
            if (to == null)
            {
                Guard(run);
                return;
            }
            var mine = Volatile.Read(ref life);
            to.Post(state =>
            {
                if (mine == Volatile.Read(ref life)) Guard(run); // else it was shut down meanwhile
            }, null);
        }

        /// <summary>Runs an event that came up on any thread.</summary>
        void RaiseFromAnywhere(Action run)
        {
            if (mode == CallbackMode.Pump) forPump.Enqueue(run);
            else Raise(run);
        }

        /// <summary>Runs what is the game's; nothing that it throws unwinds into native code.</summary>
        internal void Guard(Action run)
        {
            callbackDepth++;
            try
            {
                run();
            }
            catch (Exception e)
            {
                Report(e);
            }
            finally
            {
                callbackDepth--;
            }
        }

        /// <summary>Tells of an exception that has no caller to go to.</summary>
        internal void Report(Exception e)
        {
            try
            {
                var handlers = UnhandledException;
                if (handlers != null) handlers(e);
                else Complain(e);
            }
            catch (Exception another)
            {
                Complain(new AggregateException(another, e));
            }
        }

        static void Complain(Exception e)
        {
#if UNITY_5_3_OR_NEWER
            UnityEngine.Debug.LogException(e);
#else
            Trace.TraceError("Banter: {0}", e);
#endif
        }

        /// <summary>Tells of the login status when it has changed.</summary>
        void NoticeStatus()
        {
            var now = (int)NativeMethods.TIMGetLoginStatus();
            if (now == lastStatus || Interlocked.Exchange(ref lastStatus, now) == now) return;
            var handlers = LoginStatusChanged;
            if (handlers != null) TellStatus(handlers, (LoginStatus)now);
        }

        // Apart, so that what its delegate holds is not allocated by each pump.
        void TellStatus(Action<LoginStatus> handlers, LoginStatus now)
        {
            Raise(() => handlers(now));
        }

        /// <summary>The same after a call, where the status changes at once. In pump mode the pump does it,
        /// on its own thread.</summary>
        void NoticeStatusAfterCall()
        {
            if (context == null) return;
            using (new NativeScope(handle)) NoticeStatus();
        }
    }
}
