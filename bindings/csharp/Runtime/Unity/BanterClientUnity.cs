#if UNITY_5_3_OR_NEWER
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>What a client has in Unity.</summary>
    public sealed partial class BanterClient
    {
        /// <summary>Starts the client with the project's settings.</summary>
        /// <param name="settings">An asset; null: the one that Project Settings > Banter made.</param>
        /// <param name="cancel">Looked at before the start.</param>
        public Task InitAsync(BanterSettings settings, CancellationToken cancel = default(CancellationToken))
        {
            if (settings == null) settings = BanterSettings.Load();
            if (settings == null)
            {
                return Task.FromException(new InvalidOperationException(
                    "no BanterSettings: make them in Edit > Project Settings > Banter, or call InitAsync with an app id"));
            }
            BanterUpdater.BudgetMicroseconds = settings.BudgetMicroseconds;
            return InitAsync(settings.AppId, settings.ToConfig(), cancel);
        }

        /// <summary>Has a client that waits to connect do so at once.</summary>
        internal void TellNetworkIsBack()
        {
            if (!IsInitialized) return;
            CallExperimentalAPIAsync(new RequestParam
            {
                InternalOperation = InternalOperation.SetNetworkInfo,
                SetNetworkInfoNetworkConnectedParam = true,
            });
        }
    }
}
#endif
