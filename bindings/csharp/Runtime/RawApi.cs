using System;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>Every function of the C API, with JSON as text. A listener is an event here. Functions that
    /// this version of the library does not have yet are here too: they fail with 7013.</summary>
    public sealed partial class RawApi
    {
        readonly object gate = new object();
        readonly BanterClient client;
        readonly IntPtr id;
        bool attached;

        internal RawApi(BanterClient client, IntPtr id)
        {
            this.client = client;
            this.id = id;
        }

        /// <summary>Starts the library for one app. TIMInit of the C API.</summary>
        /// <param name="sdkAppId">The app's number; not 0.</param>
        /// <param name="jsonSdkConfig">A JSON object: SdkConfig. May be null.</param>
        public Result Init(ulong sdkAppId, string jsonSdkConfig)
        {
            return client.Init(sdkAppId, jsonSdkConfig);
        }

        /// <summary>Ends the library. TIMUninit of the C API, and the same as
        /// <see cref="BanterClient.Shutdown"/>.</summary>
        public Result Uninit()
        {
            client.Shutdown();
            return Result.Succ;
        }

        /// <summary>Logs a user in. TIMLogin of the C API, and the same as
        /// <see cref="BanterClient.LoginAsync(string, string, CancellationToken)"/>.</summary>
        /// <param name="userId">Who logs in: 1 to 32 bytes of printable ASCII.</param>
        /// <param name="userSig">The ticket that your own server issued for the user.</param>
        /// <param name="cancel">Gives up waiting; the login itself goes on.</param>
        public Task<string> Login(string userId, string userSig, CancellationToken cancel = default(CancellationToken))
        {
            return client.Login(userId, userSig, cancel);
        }

        /// <summary>Logs the user out. TIMLogout of the C API, and the same as
        /// <see cref="BanterClient.LogoutAsync"/>.</summary>
        /// <param name="cancel">Gives up waiting; the logout itself goes on.</param>
        public Task<string> Logout(CancellationToken cancel = default(CancellationToken))
        {
            return client.Logout(cancel);
        }

        /// <summary>Returns the id of the user who is logged in; "" when nobody is. TIMGetLoginUserID of the
        /// C API.</summary>
        public string GetLoginUserID()
        {
            var buffer = new byte[128];
            client.Run(() => NativeMethods.TIMGetLoginUserID(buffer));
            return Utf8.Text(buffer);
        }

        /// <summary>Sets the native listeners that somebody listens to.</summary>
        internal void Attach()
        {
            lock (gate)
            {
                attached = true;
                client.Select(SetListeners);
            }
        }

        /// <summary>Takes them away: native code keeps no address of ours.</summary>
        internal void Detach()
        {
            lock (gate)
            {
                if (!attached) return;
                attached = false;
                client.Select(UnsetListeners);
            }
        }

        /// <summary>Finds the receiver of an event; null when it is gone.</summary>
        static RawApi Enter(IntPtr userData)
        {
            var client = LiveClients.Find(userData);
            if (client == null) return null;
            client.EnterCallback();
            return client.Raw;
        }

        void Raise(Action run)
        {
            client.Raise(run);
            client.LeaveCallback();
        }
    }
}
