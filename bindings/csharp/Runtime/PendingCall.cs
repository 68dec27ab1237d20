using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
#if UNITY_5_3_OR_NEWER
using MonoPInvokeCallbackAttribute = AOT.MonoPInvokeCallbackAttribute;
#endif

namespace Banter
{
    /// <summary>A native call that has not been answered. Its GCHandle travels through native code as
    /// user_data, and ends with the answer.</summary>
    internal abstract class PendingCall
    {
        readonly BanterClient client;
        CancellationTokenRegistration cancelling;

        protected PendingCall(BanterClient client)
        {
            this.client = client;
        }

        /// <summary>Makes the native call with this as its user_data.</summary>
        protected void Begin(Func<IntPtr, int> native, CancellationToken cancel)
        {
            var handle = GCHandle.Alloc(this);
            client.CallBegins();
            // Before the call: its answer may come on another thread at once.
            cancelling = cancel.Register(() => Cancel(cancel));
            try
            {
                var result = 0;
                client.Select(() => result = native(GCHandle.ToIntPtr(handle)));
                if (result == 0) return;
                Take(GCHandle.ToIntPtr(handle)); // refused: no answer will come
                Fail(BanterException.Refused((Result)result));
            }
            catch (Exception e)
            {
                Take(GCHandle.ToIntPtr(handle));
                Fail(e);
            }
        }

        /// <summary>Ends the wait for an answer, and returns who waited.</summary>
        static PendingCall Take(IntPtr userData)
        {
            var handle = GCHandle.FromIntPtr(userData);
            var call = (PendingCall)handle.Target;
            handle.Free();
            call.cancelling.Dispose();
            call.client.CallEnds();
            return call;
        }

        /// <summary>Runs what an answer does; nothing that it throws unwinds into native code.</summary>
        internal static void Answer<T>(IntPtr userData, Action<T> run) where T : PendingCall
        {
            var call = Take(userData);
            try
            {
                call.client.EnterCallback();
                run((T)call);
                call.client.LeaveCallback();
            }
            catch (Exception e)
            {
                call.client.Report(e);
            }
        }

        /// <summary>Runs what comes before the answer.</summary>
        internal static void Precede(IntPtr userData, Action<TextCall> run)
        {
            var call = (TextCall)GCHandle.FromIntPtr(userData).Target;
            ((PendingCall)call).client.Guard(() => run(call));
        }

        internal abstract void Fail(Exception e);

        /// <summary>Gives up waiting. The answer is dropped when it comes.</summary>
        protected abstract void Cancel(CancellationToken cancel);
    }

    /// <summary>A call that is answered with a value.</summary>
    internal abstract class PendingCall<T> : PendingCall
    {
        // A continuation must not run inside the callback.
        readonly TaskCompletionSource<T> done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);

        protected PendingCall(BanterClient client) : base(client)
        {
        }

        internal Task<T> Start(Func<IntPtr, int> native, CancellationToken cancel)
        {
            if (cancel.IsCancellationRequested) Cancel(cancel);
            else Begin(native, cancel);
            return done.Task;
        }

        internal void Succeed(T value)
        {
            done.TrySetResult(value);
        }

        internal override void Fail(Exception e)
        {
            done.TrySetException(e);
        }

        protected override void Cancel(CancellationToken cancel)
        {
            done.TrySetCanceled(cancel);
        }
    }

    /// <summary>A call that is answered with text: nearly all are.</summary>
    internal sealed class TextCall : PendingCall<string>
    {
        // IL2CPP can call back into static methods only, and Mono frees a delegate that nothing
        // holds: so static delegates, kept for good.
        internal static readonly TIMCommCallback OnAnswer = Answered;
        internal static readonly TIMCommCallback OnMessageId = MessageIdKnown;
        internal static readonly TIMCommCallback OnProgress = ProgressOrAnswer;

        /// <summary>The desc of a callback that tells how far a call has come.</summary>
        const string Downloading = "downloading";

        readonly Action<string> first;

        /// <summary>A call. What comes before its answer, such as a message's id, goes to first.</summary>
        internal TextCall(BanterClient client, Action<string> first) : base(client)
        {
            this.first = first;
        }

        [MonoPInvokeCallback(typeof(TIMCommCallback))]
        static void Answered(int code, IntPtr desc, IntPtr jsonParams, IntPtr userData)
        {
            Answer<TextCall>(userData, call =>
            {
                if (code == 0) call.Succeed(Utf8.Copy(jsonParams));
                else call.Fail(new BanterException(code, Utf8.Copy(desc), Utf8.Copy(jsonParams)));
            });
        }

        [MonoPInvokeCallback(typeof(TIMCommCallback))]
        static void MessageIdKnown(int code, IntPtr desc, IntPtr jsonParams, IntPtr userData)
        {
            Precede(userData, call => call.first(Utf8.Copy(jsonParams)));
        }

        [MonoPInvokeCallback(typeof(TIMCommCallback))]
        static void ProgressOrAnswer(int code, IntPtr desc, IntPtr jsonParams, IntPtr userData)
        {
            if (code != 0 || Utf8.Copy(desc) != Downloading)
            {
                Answered(code, desc, jsonParams, userData);
                return;
            }
            Precede(userData, call =>
            {
                if (call.first != null) call.first(Utf8.Copy(jsonParams));
            });
        }
    }

    /// <summary>A call that is answered with a page of readers.</summary>
    internal sealed class MembersCall : PendingCall<ReadMemberPage>
    {
        internal static readonly TIMMsgGroupMessageReadMemberListCallback OnAnswer = Answered;

        internal MembersCall(BanterClient client) : base(client)
        {
        }

        [MonoPInvokeCallback(typeof(TIMMsgGroupMessageReadMemberListCallback))]
        static void Answered(IntPtr members, ulong nextSeq, bool isFinished, IntPtr userData)
        {
            Answer<MembersCall>(userData, call => call.Succeed(new ReadMemberPage(Utf8.Copy(members), nextSeq, isFinished)));
        }
    }
}
