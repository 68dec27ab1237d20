using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Banter
{
    /// <summary>
    /// A client of a Banter server: one user on one device. All methods may be called from any thread.
    /// Events and answers come from <see cref="Pump"/>, which a game calls once a frame.
    /// </summary>
    public sealed partial class BanterClient : IDisposable
    {
        const int EndMilliseconds = 2000; // as long as TIMUninit takes at most

        readonly ulong handle; // 0: the library's default client
        readonly IntPtr id;
        readonly UserSigRenewal renewal;

        CallbackMode mode = CallbackMode.Pump;
        bool modeChosen;
        volatile SynchronizationContext context; // in thread mode, that of InitAsync's caller
        int life; // goes up with every end

        internal BanterClient(ulong handle)
        {
            this.handle = handle;
            id = LiveClients.Add(this, handle != 0);
            Raw = new RawApi(this, id);
            renewal = new UserSigRenewal(this);
            ListenToSession();
        }

        /// <summary>The library's default client: the one that most games need.</summary>
        public static BanterClient Default
        {
            get { return LiveClients.Default; }
        }

        /// <summary>Makes a client beside the default one, with a login, settings and events of its own: for
        /// split screen, bots, or several players in an editor. Dispose it.</summary>
        public static BanterClient Create()
        {
            var handle = NativeMethods.TIMXClientCreate();
            if (handle == 0) throw new InvalidOperationException("the library has no room for another client");
            return new BanterClient(handle);
        }

        /// <summary>The version of Banter.</summary>
        public static string Version
        {
            get { return Utf8.Copy(NativeMethods.TIMXVersion()); }
        }

        /// <summary>Every function of the C API, with JSON as text.</summary>
        public RawApi Raw { get; private set; }

        /// <summary>Where new tickets come from, when the one in use runs out. May be null.</summary>
        public IUserSigProvider UserSigProvider { get; set; }

        /// <summary>Whether InitAsync was called, and not Shutdown since.</summary>
        public bool IsInitialized { get; private set; }

        /// <summary>How far the login is.</summary>
        public LoginStatus LoginStatus
        {
            get { return Raw.GetLoginStatus(); }
        }

        /// <summary>The user who is logged in; "" when nobody is.</summary>
        public string LoginUserId
        {
            get { return Raw.GetLoginUserID(); }
        }

        /// <summary>The server's clock once connected, else this machine's.</summary>
        public DateTimeOffset ServerTime
        {
            get { return DateTimeOffset.FromUnixTimeSeconds((long)Raw.GetServerTime()); }
        }

        /// <summary>Starts the client, which begins to connect. It takes milliseconds, and has happened when
        /// the method returns; a failure is in the task. While started, a second call changes nothing.</summary>
        /// <param name="appId">The app's number; not 0.</param>
        /// <param name="config">What differs from the defaults. May be null.</param>
        /// <param name="cancel">Looked at before the start.</param>
        public Task InitAsync(ulong appId, SdkConfig config = null, CancellationToken cancel = default(CancellationToken))
        {
            if (cancel.IsCancellationRequested) return Task.FromCanceled(cancel);
            try
            {
                var result = Init(appId, JsonText.Write(config));
                return result == Result.Succ ? Task.CompletedTask : Task.FromException(BanterException.Refused(result));
            }
            catch (Exception e) // the library is not there, or its file is broken
            {
                return Task.FromException(e);
            }
        }

        /// <summary>Logs a user in. For the user who is logged in, another ticket replaces the one in use
        /// without a cut.</summary>
        /// <param name="userId">Who logs in: 1 to 32 bytes of printable ASCII.</param>
        /// <param name="userSig">The ticket that your own server issued for the user.</param>
        /// <param name="cancel">Gives up waiting; the login itself goes on.</param>
        public Task LoginAsync(string userId, string userSig, CancellationToken cancel = default(CancellationToken))
        {
            return Login(userId, userSig, cancel);
        }

        /// <summary>Logs a user in with a ticket of <see cref="UserSigProvider"/>. One that has expired on its
        /// way is fetched again, once.</summary>
        /// <param name="userId">Who logs in: 1 to 32 bytes of printable ASCII.</param>
        /// <param name="cancel">Gives up waiting; a login that was sent goes on.</param>
        public async Task LoginAsync(string userId, CancellationToken cancel = default(CancellationToken))
        {
            var provider = UserSigProvider;
            if (provider == null) throw new InvalidOperationException("UserSigProvider is null: set it, or give LoginAsync a ticket");
            try
            {
                await LoginAsync(userId, await provider.GetUserSigAsync(userId, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
                return;
            }
            catch (BanterException e)
            {
                if (!e.IsUserSigExpired) throw;
            }
            await LoginAsync(userId, await provider.GetUserSigAsync(userId, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }

        /// <summary>Logs the user out. It succeeds within 5 seconds, whether the server is reached or
        /// not.</summary>
        /// <param name="cancel">Gives up waiting; the logout itself goes on.</param>
        public Task LogoutAsync(CancellationToken cancel = default(CancellationToken))
        {
            return Logout(cancel);
        }

        /// <summary>Runs the answers and events that wait, on this thread. Call it once a frame. With nothing
        /// to do it takes no lock and allocates nothing.</summary>
        /// <param name="budgetMicroseconds">None is started when so much time has passed; 0: all that wait
        /// are run.</param>
        /// <returns>How many ran.</returns>
        public int Pump(uint budgetMicroseconds = 0)
        {
            Action run;
            while (!forPump.IsEmpty && forPump.TryDequeue(out run)) Guard(run);
            using (new NativeScope(handle))
            {
                var ran = NativeMethods.TIMXPump(budgetMicroseconds);
                if (mode == CallbackMode.Pump) NoticeStatus();
                return ran;
            }
        }

        /// <summary>Ends the client: what is pending fails with 7009, and no event comes after it has
        /// returned. The server sees a closed link, not a logout. It takes 2 seconds at most, and the client
        /// can be started again.</summary>
        public void Shutdown()
        {
            renewal.Stop();
            if (!modeChosen) return; // the library was never called
            IsInitialized = false;
            Select(() => NativeMethods.TIMUninit());
            // Also what was called before InitAsync is answered before the code that waits for it can go.
            var ending = Stopwatch.StartNew();
            while (Volatile.Read(ref pending) > 0 && callbackDepth == 0 && ending.ElapsedMilliseconds < EndMilliseconds)
            {
                if (Run(() => NativeMethods.TIMXPump(0)) == 0) Thread.Sleep(1);
            }
            Raw.Detach();
            Interlocked.Increment(ref life); // after the library's last event: what was posted is dropped
            lastStatus = (int)LoginStatus.UnLogined; // nobody is told of what he did himself
        }

        /// <summary>Ends the client for good. The default client is made anew when it is asked for.</summary>
        public void Dispose()
        {
            Shutdown();
            LiveClients.Remove(id, this);
            if (handle != 0) NativeMethods.TIMXClientDestroy(handle); // a second time it is refused
        }

        internal Result Init(ulong appId, string json)
        {
            if (!IsInitialized)
            {
                mode = ModeIn(json);
                context = mode == CallbackMode.Thread ? SynchronizationContext.Current : null;
                modeChosen = false;
            }
            ChooseMode();
            Raw.Attach(); // before: the first attempt to connect begins at once
            var result = Run(() => (Result)NativeMethods.TIMInit(appId, Utf8.Bytes(json)));
            if (result == Result.Succ) IsInitialized = true;
            else if (!IsInitialized) Raw.Detach();
            return result;
        }

        /// <summary>The callback mode that TIMInit's JSON asks for. What is wrong with it TIMInit
        /// says.</summary>
        static CallbackMode ModeIn(string json)
        {
            if (string.IsNullOrEmpty(json)) return CallbackMode.Pump;
            try
            {
                var asked = (string)JObject.Parse(json)["sdk_config_callback_mode"];
                return asked == "thread" ? CallbackMode.Thread : CallbackMode.Pump;
            }
            catch (JsonException)
            {
                return CallbackMode.Pump;
            }
        }
    }
}
